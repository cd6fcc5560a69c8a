//! Programs that somebody talks with while they run.

use crate::case::{Case, check};
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

#[test]
fn poll() {
    let script = "
        mkfifo pipe
        poll <pipe | {
            exec 9>pipe
            while read -r line; do
                echo \"$line\"
                case $line in
                    'ready for the end') exec 9>&- ;;
                    ready*) sleep 0.1; echo \"$line\" >&9 ;;
                esac
            done
        }
        rm pipe";
    check("poll", script);
}

/// A read that a signal interrupts goes on: what a program has no handler for, it doesn't notice.
#[test]
fn signals() {
    let script = "
        mkfifo pipe
        sh -c 'echo $$ >pid; exec prompt' <pipe | {
            exec 9>pipe
            for line in one two three; do
                read -r ready; sleep 0.2
                read -r pid <pid
                kill -STOP $pid; sleep 0.1; kill -CONT $pid; kill -WINCH $pid; sleep 0.1; kill -URG $pid
                echo $line >&9
                read -r back; echo \"$ready, $back\"
            done
            exec 9>&-
            cat
        }
        rm pipe pid";
    check("signals", script);
}

#[test]
fn socket() {
    Case {
        name: "socket",
        script: "exec socket $PORT",
        options: "--tcplisten 127.0.0.1:$PORT",
        ..Case::default()
    }
    .check_beside(client);
}

/// What the program serves: a short conversation, and then a megabyte that comes back.
fn client(port: u16) -> String {
    let mut told = String::new();
    let Some(mut stream) = connect(port) else {
        return "nobody listens".to_owned();
    };
    stream.write_all(b"world\nabcd").unwrap();
    std::thread::sleep(Duration::from_millis(100));
    stream.write_all(b"efgh").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    writeln!(told, "answered {answer}").unwrap();
    drop(stream);

    let Some(mut stream) = connect(port) else {
        return told + "nobody listens any more";
    };
    let bytes = (0..1u32 << 18).flat_map(u32::to_le_bytes).collect::<Vec<_>>();
    let back = std::thread::scope(|scope| {
        let mut writer = stream.try_clone().unwrap();
        let bytes = &bytes;
        scope.spawn(move || {
            // A program that ends too early is told of by what comes back.
            let _ = writer
                .write_all(bytes)
                .and_then(|()| writer.shutdown(Shutdown::Write));
        });
        let mut back = Vec::new();
        let _ = stream.read_to_end(&mut back);
        back
    });
    writeln!(
        told,
        "{} bytes came back, the same: {}",
        back.len(),
        back == bytes
    )
    .unwrap();
    told
}

/// Waits until somebody listens, for half a minute.
fn connect(port: u16) -> Option<TcpStream> {
    (0..300).find_map(|_| {
        let stream = TcpStream::connect(("127.0.0.1", port)).ok();
        if stream.is_none() {
            std::thread::sleep(Duration::from_millis(100));
        }
        stream
    })
}
