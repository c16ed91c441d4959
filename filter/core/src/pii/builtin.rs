//! The entities' automata, as the build script left them, and what is known of their patterns. Loaded once per thread: a
//! worker of Envoy is one.

use std::rc::Rc;

use super::announce::Announcements;
use super::automaton::{self, Automaton};
use super::spelling::Spellings;

macro_rules! tables {
    ($group:literal) => {{
        static HEAD: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/", $group, ".head"));
        static ROWS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/", $group, ".rows"));
        automaton::embedded(HEAD, ROWS).ok_or("the entities' automata are cut off")?
    }};
}

/// What all searches share.
pub(super) struct Builtin {
    /// For what begins with a digit, with a capital, with anything else.
    pub(super) automata: [Automaton<&'static [[u8; 2]]>; 3],
    pub(super) spellings: Spellings,
    pub(super) announcements: Announcements,
}

thread_local! {
    static BUILTIN: Result<Rc<Builtin>, &'static str> = load().map(Rc::new);
}

/// This thread's.
pub(super) fn builtin() -> Result<Rc<Builtin>, &'static str> {
    BUILTIN.with(Clone::clone)
}

/// Which of the automata reads what begins so.
#[inline]
pub(super) fn group_of(byte: u8) -> usize {
    match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        _ => 2,
    }
}

fn load() -> Result<Builtin, &'static str> {
    let automata = [tables!("0"), tables!("1"), tables!("2")];
    Ok(Builtin { automata, spellings: Spellings::new(), announcements: Announcements::new() })
}

impl Builtin {
    /// How large its tables are, in bytes.
    pub(super) fn size(&self) -> usize {
        let automata: usize = self.automata.iter().map(Automaton::size).sum();
        automata + self.spellings.size() + self.announcements.size()
    }
}
