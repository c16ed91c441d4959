//! `redaction`: policies. What a policy says of an entity is looked up by the nearest word: the direction's before both
//! directions', an entity's own before its groups', a smaller group's before a larger one's.

use std::convert::Infallible;
use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::Value;

use super::auth::globs;
use super::credentials::is_reference;
use crate::config::file::{self, File};
use crate::config::gateway::{Key, Route};
use crate::config::problem::{Path, Problems};
use crate::config::spelling::nearest;
use crate::glob::Globs;
use crate::pii::action::label;
use crate::pii::keyed::Keyed;
use crate::pii::policy::{Own, Policy, Rules, Wanted};
use crate::pii::terms::Terms;
use crate::pii::{Action, Depth, Detector, Edit, Kind, Lane, Scratch, catalog, entity, pattern};

/// A shorter secret can be guessed.
const SHORTEST_SECRET: usize = 16;
/// More lists or patterns than a policy has.
const MOST_LISTS: usize = 128;

/// A policy as it is written, with every entity's action known.
#[derive(Clone)]
struct Draft {
    name: String,
    request: Vec<Action>,
    response: Vec<Action>,
    patterns: Vec<(Own, String)>,
    terms: Vec<(Own, Vec<String>)>,
    allow: Vec<Globs>,
    reasoning: file::Reasoning,
    binary: file::Binary,
    audit: bool,
}

/// The policies, and what holds where a route's and a key's meet.
#[derive(Default)]
pub(super) struct Policies {
    pub(super) all: Vec<Rc<Policy>>,
    pub(super) joint: Vec<(usize, usize, Rc<Policy>)>,
}

/// The policy that a route or a key names.
pub(super) fn find(named: Option<&String>, file: &File, at: &Path, problems: &mut Problems) -> Option<usize> {
    let name = named?;
    let names = || file.redaction.policies.keys().map(String::as_str);
    let index = names().position(|other| other == name);
    if index.is_none() {
        let mend = match nearest(name, names()) {
            Some(name) => format!("write `{name}`"),
            None => format!("add it: `redaction: {{{name}: {{email: mask}}}}`"),
        };
        problems.error(&at.key("redaction"), format!("there is no policy `{name}`"), mend);
    }
    index
}

/// Reports a secret that is written out: the file travels.
pub(in crate::config) fn secret_is_a_reference(tree: &Value, problems: &mut Problems) {
    let written = tree.get("redaction").and_then(|redaction| redaction.get("secret")).and_then(Value::as_str);
    if let Some(text) = written.filter(|text| !is_reference(text)) {
        problems.hide(text);
        problems.unresolved(
            &Path::root().key("redaction").key("secret"),
            "the secret is written out",
            "put it into an environment variable or a file, and write ${env.NAME} or ${file:/path} here",
        );
    }
}

/// Compiles the policies.
pub(super) fn compile(file: &File, routes: &[Route], keys: &[Key], problems: &mut Problems) -> Policies {
    let at = Path::root().key("redaction");
    let keyed = secret(file, &at, problems);
    let mut drafts = Vec::new();
    for (name, policy) in &file.redaction.policies {
        let used = routes.iter().map(|route| route.redaction).chain(keys.iter().map(|key| key.redaction));
        if !used.flatten().any(|index| index == drafts.len()) {
            problems.warning(&at.key(name), "no route and no key names this policy", "name it, or remove it");
        }
        drafts.push(draft(name, policy, keyed.is_some(), &at.key(name), problems));
    }
    let mut policies = Policies::default();
    for draft in &drafts {
        policies.all.extend(ready(draft, keyed.as_ref(), &at, problems));
    }
    for (route, key) in routes.iter().flat_map(|route| keys.iter().map(move |key| (route, key))) {
        let (Some(first), Some(second)) = (route.redaction, key.redaction) else { continue };
        let known = policies.joint.iter().any(|(one, other, _)| (*one, *other) == (first, second));
        if let (false, false, Some(one), Some(other)) = (known, first == second, drafts.get(first), drafts.get(second))
        {
            let joint = ready(&both(one, other), keyed.as_ref(), &at, problems);
            policies.joint.extend(joint.map(|policy| (first, second, policy)));
        }
    }
    policies
}

fn secret(file: &File, at: &Path, problems: &mut Problems) -> Option<Keyed> {
    let secret = file.redaction.secret.as_ref()?;
    if secret.len() < SHORTEST_SECRET && !problems.is_unknown(&at.key("secret")) {
        problems.error(
            &at.key("secret"),
            "the secret is shorter than 16 bytes, so values could be found out by trying",
            "make one with `openssl rand -hex 32`",
        );
    }
    Keyed::new(secret)
}

fn draft(name: &str, policy: &file::Policy, keyed: bool, at: &Path, problems: &mut Problems) -> Draft {
    for (map, place) in
        [(&policy.entities, at.clone()), (&policy.request, at.key("request")), (&policy.response, at.key("response"))]
    {
        for name in map.keys().filter(|name| catalog::named(name).is_empty()) {
            let known = catalog::names();
            let mend = match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => format!("write `{near}`"),
                None => "write an entity or a group that `dragoman entities` lists".to_owned(),
            };
            problems.error(&place.key(name), format!("there is no entity or group `{name}`"), mend);
        }
    }
    let draft = Draft {
        name: name.to_owned(),
        request: actions(&policy.request, &policy.entities),
        response: actions(&policy.response, &policy.entities),
        patterns: patterns(&policy.patterns, &at.key("patterns"), problems),
        terms: terms(&policy.terms, &at.key("terms"), problems),
        allow: allow(&policy.allow, &at.key("allow"), problems),
        reasoning: policy.reasoning,
        binary: policy.binary,
        audit: policy.audit,
    };
    let own = draft.patterns.iter().map(|(own, _)| own.action).chain(draft.terms.iter().map(|(own, _)| own.action));
    let all = || draft.request.iter().chain(&draft.response).copied().chain(own.clone());
    if all().all(|action| action == Action::Allow) {
        problems.error(at, "this policy looks for nothing", "write what it is for, such as `email: mask`");
    }
    if !keyed && (policy.audit || all().any(Action::is_keyed)) {
        let what = "`pseudonym`, `hash` and `audit` need a secret";
        problems.error(at, what, "add `redaction: {secret: \"${env.DRAGOMAN_PSEUDONYM_KEY}\"}`");
    }
    draft
}

/// What is done with each entity.
fn actions(own: &IndexMap<String, Action>, both: &IndexMap<String, Action>) -> Vec<Action> {
    let mut actions = vec![Action::Allow; entity::ALL.len()];
    for map in [both, own] {
        let mut words: Vec<_> = map.iter().map(|(name, action)| (catalog::named(name), *action)).collect();
        words.sort_by_key(|(places, _)| std::cmp::Reverse(places.len()));
        for (place, action) in
            words.into_iter().flat_map(|(places, action)| places.into_iter().map(move |at| (at, action)))
        {
            if let Some(own) = actions.get_mut(place) {
                *own = action;
            }
        }
    }
    actions
}

fn own(name: &str, action: Action, at: &Path, problems: &mut Problems) -> Own {
    let plain = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == '-';
    if name.is_empty()
        || name.len() > 32
        || !name.chars().all(plain)
        || !name.starts_with(|char: char| char.is_ascii_alphabetic())
    {
        let mend = "write letters, digits and `_`, at most 32, such as `project`";
        problems.error(&at.key("name"), "this cannot be a name in a placeholder", mend);
    }
    Own { label: label(name), action }
}

fn patterns(written: &[file::Pattern], at: &Path, problems: &mut Problems) -> Vec<(Own, String)> {
    if written.len() > pattern::MOST {
        problems.error(at, "there are more than 128 patterns", "use fewer, or `terms` for words");
        return Vec::new();
    }
    let sources: Vec<&str> = written.iter().map(|one| one.pattern.as_str()).collect();
    if let Err((index, what, mend)) = pattern::compile(&sources) {
        problems.error(&index.map_or(at.clone(), |index| at.index(index).key("match")), what, mend);
        return Vec::new();
    }
    let named = written.iter().enumerate();
    named.map(|(index, one)| (own(&one.name, one.action, &at.index(index), problems), one.pattern.clone())).collect()
}

fn terms(written: &[file::TermList], at: &Path, problems: &mut Problems) -> Vec<(Own, Vec<String>)> {
    if written.len() > MOST_LISTS {
        problems.error(at, "there are more than 128 lists of terms", "join some");
    }
    let mut lists = Vec::new();
    for (index, list) in written.iter().enumerate() {
        let at = at.index(index);
        if list.any.is_empty() {
            problems.error(&at.key("any"), "the list is empty", "write the words to find");
        }
        for (index, word) in list.any.iter().enumerate() {
            if word.trim() != word || word.chars().filter(|char| char.is_alphanumeric()).count() < 2 {
                let what = "this is too short to be told from other text, or has white space around it";
                problems.error(&at.key("any").index(index), what, "write a word or a phrase of two letters or more");
            }
        }
        lists.push((own(&list.name, list.action, &at, problems), list.any.clone()));
    }
    lists
}

fn allow(written: &[String], at: &Path, problems: &mut Problems) -> Vec<Globs> {
    if written.is_empty() {
        return Vec::new();
    }
    for (index, value) in written.iter().enumerate().filter(|(_, value)| !value.contains('*')) {
        if let Some(name) = never_whole(value) {
            let what = "this is replaced before its end is known, so that no whole one can stay";
            problems.error(&at.index(index), what, format!("write `{name}: allow` to let all of its kind stay"));
        }
    }
    let lower: Vec<String> = written.iter().map(|value| value.to_lowercase()).collect();
    globs(at, &lower, problems).into_iter().collect()
}

/// The entity that a value is, if that is replaced before all of it is known.
fn never_whole(value: &str) -> Option<&'static str> {
    let open = (0u8..).zip(entity::ALL).filter(|(_, entity)| entity.is_open()).map(|(index, _)| index);
    let detector = Detector::new(open, None, None).ok()?;
    let mut name = None;
    let mut note = |kind: Kind, _: &str, _: &[u8]| {
        name = kind.entity().map(|entity| entity.name);
        Ok::<_, Infallible>(Edit::Keep)
    };
    let bytes = value.as_bytes();
    Lane::new(Depth::Plain).push(&detector, bytes, true, &mut Scratch::default(), &mut Vec::new(), &mut note).ok()?;
    name
}

/// What holds where both do: the stricter action, every pattern and list, and only what both let stay.
fn both(one: &Draft, other: &Draft) -> Draft {
    let stricter = |a: &[Action], b: &[Action]| a.iter().zip(b).map(|(a, b)| *a.max(b)).collect();
    let strictest = |a, b| if a == file::Reasoning::Drop || b == file::Reasoning::Pass { a } else { b };
    let allow = if one.allow.is_empty() || other.allow.is_empty() {
        Vec::new()
    } else {
        one.allow.iter().chain(&other.allow).cloned().collect()
    };
    Draft {
        name: format!("{}+{}", one.name, other.name),
        request: stricter(&one.request, &other.request),
        response: stricter(&one.response, &other.response),
        patterns: one.patterns.iter().chain(&other.patterns).cloned().collect(),
        terms: one.terms.iter().chain(&other.terms).cloned().collect(),
        allow,
        reasoning: strictest(one.reasoning, other.reasoning),
        binary: if one.binary == file::Binary::Refuse { one.binary } else { other.binary },
        audit: one.audit || other.audit,
    }
}

fn ready(draft: &Draft, keyed: Option<&Keyed>, at: &Path, problems: &mut Problems) -> Option<Rc<Policy>> {
    let policy = policy(draft, keyed);
    if let Err(what) = &policy {
        problems.error(&at.key(&draft.name), what.clone(), "make the policy smaller");
    }
    policy.ok().map(Rc::new)
}

fn policy(draft: &Draft, keyed: Option<&Keyed>) -> Result<Policy, String> {
    let sources: Vec<&str> = draft.patterns.iter().map(|(_, source)| source.as_str()).collect();
    let automaton = match sources.as_slice() {
        [] => None,
        sources if sources.len() > pattern::MOST => return Err("there are more than 128 patterns together".to_owned()),
        sources => Some(Rc::new(pattern::compile(sources).map_err(|(_, what, _)| what.to_owned())?)),
    };
    let lists: Vec<Vec<String>> = draft.terms.iter().map(|(_, words)| words.clone()).collect();
    let words = if lists.is_empty() { None } else { Some(Rc::new(Terms::new(&lists)?)) };
    let patterns: Vec<Own> = draft.patterns.iter().map(|(own, _)| own.clone()).collect();
    let terms: Vec<Own> = draft.terms.iter().map(|(own, _)| own.clone()).collect();
    let own = patterns.iter().chain(&terms).map(|own| own.action);
    let restores = draft.request.iter().copied().chain(own).any(|action| action == Action::Pseudonym);
    let rules = |entities: &[Action], restores: bool| -> Result<Rules, String> {
        let (patterns, terms) = ((patterns.as_slice(), automaton.clone()), (terms.as_slice(), words.clone()));
        Wanted { entities, patterns, terms, allow: &draft.allow, restores }.ready()
    };
    Ok(Policy {
        name: draft.name.clone(),
        request: rules(&draft.request, false)?,
        response: rules(&draft.response, restores)?,
        reasoning: draft.reasoning,
        binary: draft.binary,
        audit: draft.audit,
        keyed: keyed.cloned(),
    })
}

/// The policy that takes every entity, for want of one that says more.
pub fn mask_everything() -> Result<Policy, String> {
    let entities = IndexMap::from([(catalog::EVERYTHING.to_owned(), Action::Mask)]);
    let all = actions(&entities, &entities);
    policy(
        &Draft {
            name: "everything".to_owned(),
            request: all.clone(),
            response: all,
            patterns: Vec::new(),
            terms: Vec::new(),
            allow: Vec::new(),
            reasoning: file::Reasoning::default(),
            binary: file::Binary::default(),
            audit: false,
        },
        None,
    )
}
