//! Every entity's own examples: HITS are found as they are marked, MISSES are not.

use std::ops::Range;

use dragoman_core::pii::entity::{ALL, Entity};

use crate::reference::{Hit, find};

/// The text without its marks, and what they mark.
fn marked(text: &str) -> (String, Vec<Range<usize>>) {
    let (mut plain, mut marks) = (String::new(), Vec::new());
    for (index, part) in text.split(['«', '»']).enumerate() {
        let start = plain.len();
        plain.push_str(part);
        if index % 2 == 1 {
            marks.push(start..plain.len());
        }
    }
    (plain, marks)
}

fn ranges(hits: &[Hit]) -> Vec<Range<usize>> {
    hits.iter().map(|hit| hit.replace.clone()).collect()
}

fn each_hit(mut holds: impl FnMut(&'static Entity, &str, &[Range<usize>]) -> Result<(), String>) {
    let mut wrong = Vec::new();
    for entity in ALL {
        for hit in entity.hits {
            let (text, marks) = marked(hit);
            assert!(!marks.is_empty(), "{}: {hit} marks nothing", entity.name);
            wrong.extend(holds(entity, &text, &marks).err());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_entity_finds_its_hits_alone() {
    each_hit(|entity, text, marks| {
        let found = find(text, text.len(), &[entity]);
        if ranges(&found) == marks {
            Ok(())
        } else {
            Err(format!("{}: {text:?} gives {found:?}, not {marks:?}", entity.name))
        }
    });
}

#[test]
fn every_hit_is_found_by_its_entity_when_all_are_on() {
    each_hit(|entity, text, marks| {
        let found = find(text, text.len(), ALL);
        let ours = |mark: &Range<usize>| found.iter().any(|hit| hit.entity == entity.name && hit.replace == *mark);
        if marks.iter().all(ours) { Ok(()) } else { Err(format!("{}: {text:?} gives {found:?}", entity.name)) }
    });
}

#[test]
fn no_entity_finds_its_misses() {
    let mut wrong = Vec::new();
    for entity in ALL {
        for miss in entity.misses {
            let found = find(miss, miss.len(), &[entity]);
            if !found.is_empty() {
                wrong.push(format!("{}: {miss:?} gives {found:?}", entity.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_entity_says_what_it_is_and_shows_it() {
    for entity in ALL {
        let name = entity.name;
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'), "{name}");
        assert!(!entity.about.is_empty(), "{name} says nothing about itself");
        assert!(entity.hits.len() >= 2 && entity.misses.len() >= 5, "{name} shows too little of itself");
        assert_eq!(ALL.iter().filter(|other| other.name == name).count(), 1, "{name} is there twice");
        assert!(entity.back.is_none() || entity.longest > 0, "{name}");
    }
    assert!(ALL.len() <= 128, "the automaton's sets of entities have 128 bits");
}
