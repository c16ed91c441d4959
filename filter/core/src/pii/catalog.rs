//! Names of entities and groups, as policies write them.

use super::entity::{ALL, Entity, Group};

/// The name that stands for every entity.
pub const EVERYTHING: &str = "all";

/// The place of the entity with this name.
pub fn entity(name: &str) -> Option<usize> {
    ALL.iter().position(|entity| entity.name == name)
}

/// The places of the entities that a name stands for: one, a group's, or all.
pub fn named(name: &str) -> Vec<usize> {
    if let Some(one) = entity(name) {
        return vec![one];
    }
    let is_meant =
        |entity: &&Entity| name == EVERYTHING || entity.groups.iter().any(|group| group_name(*group) == name);
    ALL.iter().enumerate().filter(|(_, entity)| is_meant(entity)).map(|(index, _)| index).collect()
}

/// Every name that a policy may use, entities first.
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = ALL.iter().map(|entity| entity.name.to_owned()).collect();
    for group in ALL.iter().flat_map(|entity| entity.groups) {
        let name = group_name(*group);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.push(EVERYTHING.to_owned());
    names
}

/// A group's name.
pub fn group_name(group: Group) -> String {
    format!("{group:?}").to_lowercase()
}
