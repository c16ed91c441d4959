//! The entities' automata, as the build script left them. Loaded once per thread: a worker of Envoy is one.

use std::rc::Rc;

use super::automaton::{self, Automaton};

/// Embedded bytes, aligned as the tables want it.
#[repr(C, align(4))]
struct Aligned<B: ?Sized>(B);

macro_rules! tables {
    ($group:literal) => {{
        static TABLES: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/", $group, ".tables")));
        static ALIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/", $group, ".alive"));
        automaton::embedded(&TABLES.0, ALIVE)
    }};
}

/// An automaton whose patterns are `entity::COMPILED`, by their place there.
pub(super) type Builtin = Automaton<&'static [u32]>;

thread_local! {
    static AUTOMATA: Result<Rc<[Builtin; 3]>, String> = load().map(Rc::new);
}

/// The automata: for what begins with a digit, with a capital, with anything else.
pub(super) fn automata() -> Result<Rc<[Builtin; 3]>, String> {
    AUTOMATA.with(Clone::clone)
}

/// Which of the automata reads what begins so.
pub(super) fn group_of(byte: u8) -> usize {
    match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        _ => 2,
    }
}

fn load() -> Result<[Builtin; 3], String> {
    Ok([tables!("0")?, tables!("1")?, tables!("2")?])
}
