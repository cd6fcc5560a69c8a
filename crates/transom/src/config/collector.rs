//! Settings of the heap of objects that other collectors have.

use super::Config;

/// A garbage collector. Transom has one: it moves objects, collects the young ones apart from the others, and frees cycles.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub enum Collector {
    /// The collector that Transom has.
    #[default]
    Auto,
    /// Counts references, for short pauses. Transom does not have it.
    DeferredReferenceCounting,
    /// Never frees anything. Transom does not have it.
    Null,
    /// Copies what is alive, as the collector that Transom has does.
    Copying,
}

impl Config {
    /// The garbage collector. With [`Collector::DeferredReferenceCounting`] and [`Collector::Null`], [`Engine::new`](crate::Engine::new)
    /// fails, since there are none.
    ///
    /// ```
    /// # use transom::*;
    /// let error = Engine::new(Config::new().collector(Collector::Null)).unwrap_err();
    /// assert!(error.to_string().contains("collector"), "{error}");
    /// let engine = Engine::new(Config::new().collector(Collector::Auto))?;
    /// assert_eq!(engine.get_collector(), Some(Collector::Copying));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn collector(&mut self, collector: Collector) -> &mut Self {
        let problem = match collector {
            Collector::Auto | Collector::Copying => None,
            Collector::DeferredReferenceCounting | Collector::Null => {
                Some("there is one collector, a copying one; try: `Collector::Auto`")
            }
        };
        self.judge("collector", format_args!("Collector::{collector:?}"), problem)
    }

    /// Has no effect: the heap takes pages as it is used, and grows without being copied.
    pub fn gc_heap_initial_size(&mut self, _bytes: u64) -> &mut Self {
        self
    }

    /// Has no effect: the heap has all the addresses that its references can express.
    /// [`gc_heap_max_size`](Self::gc_heap_max_size) limits its size.
    pub fn gc_heap_reservation(&mut self, _bytes: u64) -> &mut Self {
        self
    }

    /// Has no effect: the heap has all the addresses that its references can express.
    pub fn gc_heap_reservation_for_growth(&mut self, _bytes: u64) -> &mut Self {
        self
    }

    /// Has no effect: the guard is as large as accesses to objects need.
    pub fn gc_heap_guard_size(&mut self, _bytes: u64) -> &mut Self {
        self
    }

    /// Has no effect: the heap never moves as a whole.
    pub fn gc_heap_may_move(&mut self, _enable: bool) -> &mut Self {
        self
    }
}
