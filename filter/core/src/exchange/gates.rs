//! The gates of a worker's inline streams: who holds which head. Plain bookkeeping; the shell does what is found here.

use std::collections::HashMap;

/// The gates.
#[derive(Default)]
pub struct Gates {
    /// Whether the worker has gates at all.
    built: bool,
    /// By the id of their inbound stream.
    gates: HashMap<u32, Gate>,
}

/// The gate of one request, as its inbound sees it.
enum Gate {
    /// It is to hold the head that is on its way there.
    Closed,
    /// It holds the head, as this stream.
    Holds(u32),
    /// It is to let the head pass.
    Open,
}

/// Where a request's head is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// With inbound.
    Here,
    /// At the gate, which is this stream.
    There(u32),
}

impl Gates {
    /// Notes that the worker has gates.
    pub fn build(&mut self) {
        self.built = true;
    }

    /// Has the gate of an inbound stream hold the head that is about to come; `false` where nobody would.
    pub fn close(&mut self, inbound: u32) -> bool {
        self.gates.insert(inbound, Gate::Closed);
        self.built
    }

    /// Opens the gate of an inbound stream: where the head is that is to be changed first. `None` where it has gone past.
    pub fn open(&mut self, inbound: u32) -> Option<Held> {
        match self.gates.insert(inbound, Gate::Open) {
            None => self.built.then_some(Held::Here),
            Some(Gate::Holds(gate)) => Some(Held::There(gate)),
            Some(Gate::Closed | Gate::Open) => None,
        }
    }

    /// Leaves the gate of an inbound stream open, if there is one.
    pub fn leave_open(&mut self, inbound: u32) {
        self.gates.insert(inbound, Gate::Open);
    }

    /// A head has come to the gate: whether it holds it. `None` where no inbound has said so.
    pub fn arrive(&mut self, inbound: u32, gate: u32) -> Option<bool> {
        match self.gates.get_mut(&inbound)? {
            Gate::Open => Some(false),
            Gate::Holds(_) => None,
            closed => {
                *closed = Gate::Holds(gate);
                Some(true)
            }
        }
    }

    /// Forgets the gate of an inbound stream.
    pub fn forget(&mut self, inbound: u32) {
        self.gates.remove(&inbound);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_changed_where_it_is_held() {
        let mut gates = Gates::default();
        gates.build();
        assert_eq!(gates.open(1), Some(Held::Here), "a request without a body has not left inbound");
        assert_eq!(gates.arrive(1, 2), Some(false));
        assert!(gates.close(3));
        assert_eq!(gates.arrive(3, 4), Some(true));
        assert_eq!(gates.open(3), Some(Held::There(4)));
    }

    #[test]
    fn what_nobody_holds_is_not_let_go() {
        let mut gates = Gates::default();
        assert!(!gates.close(1), "this worker has no gates");
        assert_eq!(gates.open(2), None);
        gates.build();
        assert!(gates.close(3));
        assert_eq!(gates.open(3), None, "this chain has none");
        assert_eq!(gates.arrive(5, 6), None, "there is no inbound in front");
        gates.forget(3);
        assert_eq!(gates.arrive(3, 4), None);
    }
}
