//! Which sequence remembers the start of a prompt: a radix tree over tokens.
//! It knows numbers only; sharing and forgetting memory is the scheduler's.

use std::collections::BTreeMap;

use crate::model::{SeqId, Token};

/// Sequences by what they hold.
#[derive(Default)]
pub(super) struct Prefixes {
    root: Node,
    held: BTreeMap<SeqId, Held>,
    clock: u64,
}

struct Held {
    tokens: Vec<Token>,
    used: u64,
}

/// A run of tokens, who holds it, and how it goes on.
#[derive(Default)]
struct Node {
    run: Vec<Token>,
    holders: Vec<SeqId>,
    next: BTreeMap<Token, Node>,
}

impl Prefixes {
    /// Notes that `seq` holds `tokens`, in place of what it held.
    pub(super) fn insert(&mut self, seq: SeqId, tokens: Vec<Token>) {
        self.remove(seq);
        self.clock += 1;
        self.root.insert(&tokens, seq);
        self.held.insert(seq, Held { tokens, used: self.clock });
    }

    /// Forgets a sequence.
    pub(super) fn remove(&mut self, seq: SeqId) {
        if let Some(held) = self.held.remove(&seq) {
            self.root.remove(&held.tokens, seq);
        }
    }

    /// The sequence that holds the longest start of `tokens`, and how long it is.
    pub(super) fn longest(&self, tokens: &[Token]) -> Option<(SeqId, usize)> {
        self.root.longest(tokens)
    }

    /// Notes that a sequence was of use.
    pub(super) fn touch(&mut self, seq: SeqId) {
        self.clock += 1;
        if let Some(held) = self.held.get_mut(&seq) {
            held.used = self.clock;
        }
    }

    /// Of the sequences that `may` go, the one that was longest of no use.
    pub(super) fn stalest(&self, may: impl Fn(SeqId) -> bool) -> Option<SeqId> {
        self.held.iter().filter(|(seq, _)| may(**seq)).min_by_key(|(_, held)| held.used).map(|(seq, _)| *seq)
    }

    /// When a sequence was last of use; later is more.
    pub(super) fn used(&self, seq: SeqId) -> u64 {
        self.held.get(&seq).map_or(0, |held| held.used)
    }

    /// How many tokens a sequence holds.
    pub(super) fn length(&self, seq: SeqId) -> usize {
        self.held.get(&seq).map_or(0, |held| held.tokens.len())
    }

    /// Sequences whose tokens are all the start of `tokens`, and which therefore add nothing to it.
    pub(super) fn covered(&self, tokens: &[Token], may: impl Fn(SeqId) -> bool) -> Vec<SeqId> {
        let within = |held: &Held| tokens.starts_with(&held.tokens);
        self.held.iter().filter(|(seq, held)| may(**seq) && within(held)).map(|(seq, _)| *seq).collect()
    }
}

impl Node {
    fn insert(&mut self, tokens: &[Token], seq: SeqId) {
        self.holders.push(seq);
        let Some(first) = tokens.first() else { return };
        let Some(child) = self.next.get_mut(first) else {
            let leaf = Self { run: tokens.to_vec(), holders: vec![seq], next: BTreeMap::new() };
            self.next.insert(*first, leaf);
            return;
        };
        let shared = alike(&child.run, tokens);
        if shared < child.run.len() {
            child.split(shared);
        }
        child.insert(tokens.split_at(shared).1, seq);
    }

    /// Cuts the node's run, so that what follows is a child.
    fn split(&mut self, at: usize) {
        let run = self.run.split_off(at);
        let Some(first) = run.first().copied() else {
            return;
        };
        let tail = Self { run, holders: self.holders.clone(), next: std::mem::take(&mut self.next) };
        self.next.insert(first, tail);
    }

    fn remove(&mut self, tokens: &[Token], seq: SeqId) {
        self.holders.retain(|holder| *holder != seq);
        let Some(first) = tokens.first() else { return };
        let Some(child) = self.next.get_mut(first) else {
            return;
        };
        let rest = tokens.split_at(child.run.len().min(tokens.len())).1;
        child.remove(rest, seq);
        if child.holders.is_empty() {
            self.next.remove(first);
        }
    }

    fn longest(&self, tokens: &[Token]) -> Option<(SeqId, usize)> {
        let child = self.next.get(tokens.first()?)?;
        let shared = alike(&child.run, tokens);
        if shared == child.run.len()
            && let Some((seq, deeper)) = child.longest(tokens.split_at(shared).1)
        {
            return Some((seq, shared + deeper));
        }
        Some((*child.holders.first()?, shared))
    }
}

/// How many tokens two runs start with alike.
pub(super) fn alike(one: &[Token], other: &[Token]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefixes(held: &[(SeqId, &[Token])]) -> Prefixes {
        let mut prefixes = Prefixes::default();
        for (seq, tokens) in held {
            prefixes.insert(*seq, tokens.to_vec());
        }
        prefixes
    }

    #[test]
    fn the_longest_start_is_found_even_inside_a_run() {
        let prefixes = prefixes(&[(0, &[1, 2, 3, 4]), (1, &[1, 2, 9]), (2, &[7])]);
        assert_eq!(prefixes.longest(&[1, 2, 3, 8]), Some((0, 3)));
        assert_eq!(prefixes.longest(&[1, 2, 9, 9]), Some((1, 3)));
        assert_eq!(prefixes.longest(&[7, 7]), Some((2, 1)));
        assert_eq!(prefixes.longest(&[8]), None);
    }

    #[test]
    fn a_removed_sequence_is_never_found_again() {
        let mut prefixes = prefixes(&[(0, &[1, 2, 3]), (1, &[1, 2, 3, 4, 5]), (2, &[1, 2])]);
        prefixes.remove(1);
        assert_eq!(prefixes.longest(&[1, 2, 3, 4]), Some((0, 3)));
        prefixes.remove(0);
        assert_eq!(prefixes.longest(&[1, 2, 3, 4]), Some((2, 2)));
        prefixes.remove(2);
        assert_eq!(prefixes.longest(&[1, 2, 3, 4]), None);
    }

    #[test]
    fn it_agrees_with_comparing_every_sequence() {
        let mut prefixes = Prefixes::default();
        let mut plain: BTreeMap<SeqId, Vec<Token>> = BTreeMap::new();
        let mut random = 7_u64;
        let mut roll = move |sides: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % sides
        };
        for _ in 0..5000 {
            let seq = SeqId::try_from(roll(8)).unwrap();
            let tokens: Vec<Token> = (0..roll(7)).map(|_| Token::try_from(roll(2)).unwrap()).collect();
            match roll(3) {
                0 => {
                    prefixes.remove(seq);
                    plain.remove(&seq);
                }
                1 => {
                    prefixes.insert(seq, tokens.clone());
                    plain.insert(seq, tokens);
                }
                _ => {
                    let best = plain.values().map(|held| alike(held, &tokens)).max().unwrap_or(0);
                    let found = prefixes.longest(&tokens);
                    assert_eq!(found.map_or(0, |(_, length)| length), best);
                    if let Some((seq, length)) = found {
                        assert!(plain[&seq].starts_with(&tokens[..length]));
                    }
                }
            }
        }
    }

    #[test]
    fn the_stalest_goes_first_and_use_keeps_alive() {
        let mut prefixes = prefixes(&[(0, &[1]), (1, &[2]), (2, &[3])]);
        prefixes.touch(0);
        assert_eq!(prefixes.stalest(|_| true), Some(1));
        assert_eq!(prefixes.stalest(|seq| seq != 1), Some(2));
    }
}
