//! Places are bounded, given back, and waited for.
use super::*;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Wake};
use std::thread;

fn pool(limits: [u32; 5], patience: Duration) -> Arc<Pool> {
    Arc::new(Pool::new(PoolOptions {
        limits: Numbers::new(limits),
        patience,
        memory_size: 1 << 20,
        table_elements: 10,
        instance_size: 1 << 20,
        per_module: (1, 1),
    }))
}

const AGES: Duration = Duration::from_secs(60);

#[test]
fn all_places_are_taken_at_once_or_none() {
    let pool = pool([3, 1, 2, 9, 9], Duration::ZERO);
    let one = Numbers::new([1, 1, 0, 0, 0]);
    let lease = pool.take(one).unwrap();
    let full = pool.take(one).unwrap_err();
    assert_eq!((full.kind, full.limit), (Kind::Memory, 1));
    assert!(full.to_string().contains("1 memories") && full.to_string().contains("total_memories"));
    assert_eq!(pool.taken(), one);
    let mut other = pool.take(Numbers::new([2, 0, 2, 0, 0])).unwrap();
    assert_eq!(pool.take(Kind::Instance.one()).unwrap_err().kind, Kind::Instance);
    assert_eq!(pool.take(Kind::Table.one()).unwrap_err().kind, Kind::Table);
    other.add(lease);
    other.add(Lease::default());
    assert_eq!(pool.taken(), Numbers::new([3, 1, 2, 0, 0]));
    drop(other);
    assert_eq!(pool.taken(), Numbers::default());
}

#[test]
fn a_thread_waits_for_a_place() {
    let pool = pool([1, 9, 9, 9, 9], AGES);
    let lease = pool.take(Kind::Instance.one()).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| pool.take(Kind::Instance.one()));
        thread::sleep(Duration::from_millis(20));
        assert!(!waiting.is_finished());
        drop(lease);
        drop(waiting.join().unwrap().unwrap());
    });
    // What can never be had is not waited for.
    assert!(pool.take(Numbers::new([2, 0, 0, 0, 0])).is_err());
    assert_eq!(pool.taken(), Numbers::default());
}

#[test]
fn patience_ends() {
    let pool = pool([1, 9, 9, 9, 9], Duration::from_millis(30));
    let _lease = pool.take(Kind::Instance.one()).unwrap();
    let begun = Instant::now();
    assert!(pool.take(Kind::Instance.one()).is_err());
    assert!(begun.elapsed() >= Duration::from_millis(30));
    assert!(pool.take_free(Kind::Instance.one()).is_err());
    let lease = pool.take_free(Kind::Memory.one()).unwrap();
    assert_eq!(pool.taken(), Numbers::new([1, 1, 0, 0, 0]));
    drop(lease);
}

#[test]
fn a_task_waits_without_its_thread() {
    struct Count(AtomicU32);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let pool = pool([1, 9, 9, 9, 9], AGES);
    let lease = pool.take(Kind::Instance.one()).unwrap();
    let count = Arc::new(Count(AtomicU32::new(0)));
    let waker = count.clone().into();
    let mut context = Context::from_waker(&waker);
    let mut future = Box::pin(pool.take_later(Kind::Instance.one()));
    for _ in 0..3 {
        assert!(future.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(pool.lock().waiting.len(), 1);
    let mut other = Box::pin(pool.take_later(Kind::Instance.one()));
    assert!(other.as_mut().poll(&mut context).is_pending());
    assert_eq!(pool.lock().waiting.len(), 2);
    // Who waits no longer leaves nothing.
    drop(other);
    assert_eq!(pool.lock().waiting.len(), 1);
    drop(lease);
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    let Poll::Ready(Ok(lease)) = future.as_mut().poll(&mut context) else {
        panic!("the place is free");
    };
    drop(lease);
    let mut never = Box::pin(pool.take_later(Numbers::new([2, 0, 0, 0, 0])));
    assert!(matches!(never.as_mut().poll(&mut context), Poll::Ready(Err(_))));
}

#[test]
fn threads_that_wait_for_few_places_all_get_one() {
    let pool = pool([3, 9, 9, 9, 9], AGES);
    let most = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..100 {
                    let lease = pool.take(Kind::Instance.one()).unwrap();
                    most.fetch_max(pool.taken().of(Kind::Instance), Ordering::Relaxed);
                    thread::yield_now();
                    drop(lease);
                }
            });
        }
    });
    assert_eq!(most.into_inner(), 3);
    assert_eq!(pool.taken(), Numbers::default());
}

#[test]
fn places_are_split_from_others() {
    let pool = pool([9, 9, 9, 9, 9], Duration::ZERO);
    let mut lease = pool.take(Numbers::new([1, 2, 0, 0, 0])).unwrap();
    assert!(lease.split(Kind::Table.one()).is_none() && Lease::default().split(Kind::Table.one()).is_none());
    let one = lease.split(Kind::Memory.one()).unwrap();
    drop(lease);
    assert_eq!(pool.taken(), Kind::Memory.one());
    drop(one);
    assert_eq!(pool.taken(), Numbers::default());
}
