//! Which entities the words before a place announce, all at once: the phrases of their contexts, found by the letters that
//! they begin with. What a phrase is and how it is compared is `entity`'s.

use super::automaton::Set;
use super::entity::{self, begins_with, behind_escape, character, first_word, word_starts};
use super::spelling::bit;

/// The phrases of all contexts.
pub(super) struct Announcements {
    /// Each with the spellings that it announces, ordered by its bucket.
    phrases: Vec<(&'static str, Set)>,
    /// Where each bucket's begin.
    buckets: Vec<u16>,
}

/// More than there are phrases, as a power of two.
const BUCKETS: u32 = 12;

impl Announcements {
    pub(super) fn new() -> Announcements {
        let mut phrases: Vec<(usize, &str, Set)> = Vec::new();
        for (number, spelling) in entity::spellings() {
            let entity = entity::COMPILED.get(usize::from(spelling.entity));
            let context = entity.iter().flat_map(|entity| entity.context);
            phrases.extend(context.map(|phrase| (bucket_of(phrase), *phrase, bit(number))));
        }
        phrases.sort_unstable_by_key(|(bucket, phrase, _)| (*bucket, *phrase));
        phrases.dedup_by(|(_, later, set), (_, first, sets)| {
            let same = later == first;
            *sets |= if same { *set } else { 0 };
            same
        });
        let begin = |bucket| phrases.partition_point(|(own, ..)| *own < bucket);
        let buckets = (0..=1 << BUCKETS).map(|bucket| u16::try_from(begin(bucket)).unwrap_or(u16::MAX)).collect();
        Announcements { phrases: phrases.into_iter().map(|(_, phrase, set)| (phrase, set)).collect(), buckets }
    }

    /// What the last words of a text announce.
    pub(super) fn of(&self, before: &[u8]) -> Set {
        let at = |start: usize| self.at(before.get(start..).unwrap_or_default());
        word_starts(before).fold(0, |set, start| set | at(start) | behind_escape(before, start).map_or(0, at))
    }

    /// What the phrases announce that a text begins with.
    fn at(&self, window: &[u8]) -> Set {
        let bucket = bucket(first_word(window.iter().copied()));
        let bounds = self.buckets.get(bucket).zip(self.buckets.get(bucket + 1));
        let phrases = bounds.and_then(|(begin, end)| self.phrases.get(usize::from(*begin)..usize::from(*end)));
        let own = phrases.unwrap_or_default().iter().filter(|(phrase, _)| begins_with(window, phrase));
        own.fold(0, |set, (_, announced)| set | announced)
    }

    pub(super) fn size(&self) -> usize {
        size_of_val(self.phrases.as_slice()) + size_of_val(self.buckets.as_slice())
    }
}

fn bucket_of(phrase: &str) -> usize {
    bucket(first_word(phrase.chars().map(character)))
}

fn bucket(word: u32) -> usize {
    // A multiplicative hash: its upper bits depend on all letters.
    (word.wrapping_mul(0x9E37_79B1) >> (u32::BITS - BUCKETS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pii::entity::follows;

    #[test]
    fn every_phrase_announces_its_entities_and_no_others() {
        let announcements = Announcements::new();
        for entity in entity::COMPILED {
            for phrase in entity.context {
                let before: Vec<u8> = format!("Say, {} is: ", phrase.to_uppercase()).chars().map(character).collect();
                let announced = announcements.of(&before);
                for (number, spelling) in entity::spellings() {
                    let context = entity::COMPILED[usize::from(spelling.entity)].context;
                    assert_eq!(announced & bit(number) != 0, follows(&before, context), "{phrase}, {number}");
                }
            }
        }
    }
}
