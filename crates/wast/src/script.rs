//! The interpreter of scripts: what each directive does, and the threads that a script starts.
//!
//! A thread runs its directives in a session of its own, beside those of the script. Each of them has an outcome at its
//! own place. `wait` joins a thread by its name; a thread that is not waited for is joined at the end of the script, or of
//! the thread that has started it. Threads are known to the script that starts them only, so none can wait for itself.

use crate::assertions;
use crate::lines::Lines;
use crate::outcome::{Check, Outcome, Verdict, fail, unexpected, unsupported};
use crate::session::Session;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{Builder, Scope, ScopedJoinHandle};
use wast::{Wast, WastDirective, WastExecute, WastThread};

/// The stack of a thread in bytes, as the main thread of a process usually has it.
const THREAD_STACK: usize = 8 << 20;

/// Runs a script to its end. Outcomes are in the order of the text.
pub(crate) fn run(session: &mut Session, script: Wast<'_>, source: &str) -> Vec<Outcome> {
    let lines = Lines::of(source);
    let mut outcomes = run_all(session, script.directives, &lines);
    outcomes.sort_by_key(|outcome| (outcome.line, outcome.column));
    outcomes
}

/// Runs directives, with the threads that they start.
fn run_all(session: &mut Session, directives: Vec<WastDirective<'_>>, lines: &Lines) -> Vec<Outcome> {
    std::thread::scope(|scope| {
        let mut script = Script {
            session,
            lines,
            scope,
            threads: Vec::new(),
            outcomes: Vec::new(),
        };
        for directive in directives {
            script.step(directive);
        }
        for thread in std::mem::take(&mut script.threads) {
            script.join(thread);
        }
        script.outcomes
    })
}

/// A list of directives, as it runs.
struct Script<'session, 'scope, 'env> {
    session: &'session mut Session,
    lines: &'env Lines,
    scope: &'scope Scope<'scope, 'env>,
    /// The threads that were not joined.
    threads: Vec<Thread<'scope, 'env>>,
    outcomes: Vec<Outcome>,
}

/// A thread that was started.
struct Thread<'scope, 'env> {
    name: &'env str,
    handle: ScopedJoinHandle<'scope, Vec<Outcome>>,
    line: usize,
    column: usize,
}

impl<'scope, 'env: 'scope> Script<'_, 'scope, 'env> {
    fn step(&mut self, directive: WastDirective<'env>) {
        let (line, column) = self.lines.place(directive.span());
        let kind = kind(&directive);
        let verdict = match catch_unwind(AssertUnwindSafe(|| self.directive(directive))) {
            Ok(Ok(())) => Verdict::Pass,
            Ok(Err(verdict)) => verdict,
            Err(panic) => {
                self.session.forget();
                panicked(&*panic)
            }
        };
        self.outcomes.push(Outcome {
            line,
            column,
            kind,
            verdict,
        });
    }

    fn directive(&mut self, directive: WastDirective<'env>) -> Check {
        use WastDirective as D;
        if self.session.components.are_meant(&directive) {
            self.session.current = None;
            return self
                .session
                .components
                .directive(&mut self.session.store, directive);
        }
        if matches!(
            directive,
            WastDirective::Module(_) | WastDirective::ModuleDefinition(_)
        ) {
            self.session.components.forget();
        }
        let session = &mut *self.session;
        match directive {
            D::Module(mut module) => session.module(&mut module),
            D::ModuleDefinition(mut module) => session.define(&mut module),
            D::ModuleInstance { instance, module, .. } => {
                session.instantiate(instance.map(|id| id.name()), module.map(|id| id.name()))
            }
            D::Register { name, module, .. } => session.register(name, module.map(|id| id.name())),
            D::Invoke(invoke) => session.invoke(&invoke)?.map(drop).map_err(unexpected),
            D::Thread(thread) => self.start(thread),
            D::Wait { thread, .. } => self.wait(thread.name()),
            D::AssertReturn { exec, results, .. } => assertions::returns(session, exec, &results),
            D::AssertTrap { exec, message, .. } => assertions::traps(session, exec, message),
            D::AssertExhaustion { call, message, .. } => {
                assertions::traps(session, WastExecute::Invoke(call), message)
            }
            D::AssertException { exec, .. } => assertions::throws(session, exec),
            D::AssertSuspension { .. } => Err(unsupported("suspensions")),
            D::AssertUnlinkable { module, message, .. } => assertions::cannot_link(session, module, message),
            D::AssertInvalid { module, message, .. } => {
                assertions::is_refused(session, module, "an invalid", message)
            }
            // A custom section never makes a module invalid, so the text is all that can be refused.
            D::AssertMalformed { module, message, .. }
            | D::AssertInvalidCustom { module, message, .. }
            | D::AssertMalformedCustom { module, message, .. } => {
                assertions::is_refused(session, module, "a malformed", message)
            }
        }
    }

    /// `thread`
    fn start(&mut self, thread: WastThread<'env>) -> Check {
        let mut session = self.session.thread(thread.shared_module.map(|id| id.name()))?;
        let (line, column) = self.lines.place(thread.span);
        let (lines, directives) = (self.lines, thread.directives);
        let name = thread.name.name();
        let handle = Builder::new()
            .name(name.to_owned())
            .stack_size(THREAD_STACK)
            .spawn_scoped(self.scope, move || run_all(&mut session, directives, lines))
            .map_err(|error| fail("no thread", format!("the system cannot start it: {error}")))?;
        self.threads.push(Thread {
            name,
            handle,
            line,
            column,
        });
        Ok(())
    }

    /// `wait`: of several threads with a name, it means the last.
    fn wait(&mut self, name: &str) -> Check {
        let found = self.threads.iter().rposition(|thread| thread.name == name);
        let position = found.ok_or_else(|| {
            let what = format!("${name} was not started here, or was joined before");
            fail("no such thread", what)
        })?;
        let thread = self.threads.remove(position);
        self.join(thread);
        Ok(())
    }

    /// Waits for the end of a thread, and takes its outcomes.
    fn join(&mut self, thread: Thread<'scope, 'env>) {
        let outcomes = thread.handle.join().unwrap_or_else(|panic| {
            vec![Outcome {
                line: thread.line,
                column: thread.column,
                kind: "thread",
                verdict: panicked(&*panic),
            }]
        });
        self.outcomes.extend(outcomes);
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Verdict {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    fail("panic", text.as_deref().unwrap_or("no message"))
}

/// The keyword of a directive.
fn kind(directive: &WastDirective<'_>) -> &'static str {
    match directive {
        WastDirective::Module(_) => "module",
        WastDirective::ModuleDefinition(_) => "module definition",
        WastDirective::ModuleInstance { .. } => "module instance",
        WastDirective::AssertMalformed { .. } => "assert_malformed",
        WastDirective::AssertInvalid { .. } => "assert_invalid",
        WastDirective::AssertInvalidCustom { .. } => "assert_invalid_custom",
        WastDirective::AssertMalformedCustom { .. } => "assert_malformed_custom",
        WastDirective::Register { .. } => "register",
        WastDirective::Invoke(_) => "invoke",
        WastDirective::AssertTrap { .. } => "assert_trap",
        WastDirective::AssertReturn { .. } => "assert_return",
        WastDirective::AssertExhaustion { .. } => "assert_exhaustion",
        WastDirective::AssertUnlinkable { .. } => "assert_unlinkable",
        WastDirective::AssertException { .. } => "assert_exception",
        WastDirective::AssertSuspension { .. } => "assert_suspension",
        WastDirective::Thread(_) => "thread",
        WastDirective::Wait { .. } => "wait",
    }
}
