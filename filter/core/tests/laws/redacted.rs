//! Laws 1, 4 and 5 for whole exchanges under a policy: whatever the client and the target speak, and however the answer
//! is cut, nothing that the policy covers is in the client's bytes, nor in the target's. What is covered is `tests/pii`'s
//! to say; here a text's values are those that its lane takes out of it.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use dragoman_core::pii::entity::ALL;
use dragoman_core::pii::{Depth, Direction, Lane, Redactor};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::cases;
use crate::play::{Answer, Cuts, Gateway, exchange};
use crate::told::{FORMATS, Format, Said};

/// A gateway between two formats, with what is done with everything that is found; made once for each.
fn gateway(target: Format, action: &'static str) -> Rc<Gateway> {
    thread_local!(static KNOWN: RefCell<HashMap<(Format, &'static str), Rc<Gateway>>> = RefCell::default());
    KNOWN.with_borrow_mut(|known| {
        let made = known.entry((target, action)).or_insert_with(|| Rc::new(Gateway::redacting(target.name(), action)));
        Rc::clone(made)
    })
}

/// A text, and what in it may be a value.
#[derive(Clone, Debug)]
struct Salted {
    text: String,
    values: Vec<String>,
}

fn salted() -> impl Strategy<Value = Salted> {
    const BETWEEN: &[&str] =
        &[" ", ", ", "\n", " and ", "\u{200b}", " \\", "\"", "é ", "😀", "(", "): ", "\t", "{", "}"];
    let hit = any::<(Index, Index)>().prop_map(|(entity, hit)| *hit.get(entity.get(ALL).hits));
    let own = select(vec!["«Bluebird»", "the «BLUEBIRD» team", "see «EMP-123456»."]);
    let piece = (prop_oneof![6 => hit, 1 => own], select(BETWEEN));
    prop::collection::vec(piece, 1..5).prop_map(|pieces| {
        let marked: String = pieces.iter().map(|(hit, between)| format!("{hit}{between}")).collect();
        let values = marked.split(['«', '»']).skip(1).step_by(2).map(str::to_owned);
        Salted { values: values.collect(), text: marked.replace(['«', '»'], "") }
    })
}

impl Salted {
    /// The values that do not stand in what comes of a text that says this.
    fn covered(&self, gateway: &Gateway, direction: Direction, arguments: bool) -> Vec<&str> {
        let depth = if arguments { Depth::JsonInJson } else { Depth::Json };
        let said = json!(self.said(arguments)).to_string();
        let mut redactor = Redactor::new(gateway.policy(), direction, "", Rc::default());
        let mut out = Vec::new();
        redactor.push(&mut Lane::new(depth), &said.as_bytes()[1..said.len() - 1], true, &mut out).unwrap();
        let out: String = serde_json::from_str(&format!("\"{}\"", String::from_utf8(out).unwrap())).unwrap();
        let out = if arguments {
            serde_json::from_str::<Value>(&out).unwrap()["k"].as_str().unwrap().to_owned()
        } else {
            out
        };
        self.values.iter().map(String::as_str).filter(|value| value.len() > 5 && !out.contains(value)).collect()
    }

    /// What a message says: the text, or a tool's arguments with it.
    fn said(&self, arguments: bool) -> String {
        if arguments { json!({"k": self.text}).to_string() } else { self.text.clone() }
    }
}

/// All that bytes say to a reader: themselves, each string in them, and what strings at the same place say together.
fn readings(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    for line in text.lines() {
        if let Ok(value) = serde_json::from_str(line.strip_prefix("data: ").unwrap_or(line)) {
            strings(&value, "", &mut places);
        }
    }
    // A tool's arguments are JSON once more.
    let inner: Vec<Value> = places.values().filter_map(|text| serde_json::from_str(text).ok()).collect();
    inner.iter().for_each(|value| strings(value, "inner", &mut places));
    places.into_values().fold(text, |all, text| all + "\n" + &text)
}

fn strings(value: &Value, at: &str, places: &mut BTreeMap<String, String>) {
    match value {
        Value::String(text) => places.entry(at.to_owned()).or_default().push_str(text),
        Value::Array(all) => all.iter().for_each(|value| strings(value, at, places)),
        Value::Object(members) => {
            members.iter().for_each(|(key, value)| strings(value, &format!("{at}/{key}"), places));
        }
        _ => {}
    }
}

fn action() -> impl Strategy<Value = &'static str> {
    select(vec!["mask", "mask", "partial", "pseudonym", "hash"])
}

proptest! {
    #![proptest_config(cases())]

    /// Law 4 for answers, and law 1.
    #[test]
    fn no_answer_tells_what_its_policy_covers(
        salted in salted(), client in select(FORMATS), target in select(FORMATS), action in action(),
        arguments in any::<bool>(), streamed in any::<bool>(), deltas in prop::collection::vec(any::<Index>(), 0..8), cuts in any::<Cuts>(),
    ) {
        let gateway = gateway(target, action);
        let said = Said { text: &salted.said(arguments), arguments, deltas: &deltas };
        let answer = if streamed { Answer::stream(target.stream(&said).as_bytes()) } else { Answer::json(target.whole(&said).as_bytes()) };
        let request = client.request("Hi", streamed);
        let at_once = exchange(&gateway, client.path(streamed), request.as_bytes(), &answer, &Cuts::none());
        let in_pieces = exchange(&gateway, client.path(streamed), request.as_bytes(), &answer, &cuts);
        prop_assert_eq!(at_once.status, 200, "{}", at_once.text());
        prop_assert_eq!(in_pieces.text(), at_once.text());
        prop_assert!(at_once.receipt.error.is_none(), "{:?}: {}", at_once.receipt.error, at_once.text());
        let read = readings(&at_once.body);
        for value in salted.covered(&gateway, Direction::Response, arguments) {
            prop_assert!(!read.contains(value), "{value} is in {}", at_once.text());
        }
    }

    /// Law 4 for requests.
    #[test]
    fn no_target_is_told_what_its_policy_covers(
        salted in salted(), client in select(FORMATS), target in select(FORMATS), action in action(), streamed in any::<bool>(),
    ) {
        let gateway = gateway(target, action);
        let said = Said { text: "Hello", arguments: false, deltas: &[] };
        let answer = if streamed { Answer::stream(target.stream(&said).as_bytes()) } else { Answer::json(target.whole(&said).as_bytes()) };
        let request = client.request(&salted.text, streamed);
        let played = exchange(&gateway, client.path(streamed), request.as_bytes(), &answer, &Cuts::none());
        prop_assert_eq!(played.status, 200, "{}", played.text());
        let sent = readings(&played.upstream[0].body);
        for value in salted.covered(&gateway, Direction::Request, false) {
            prop_assert!(!sent.contains(value), "{value} is in {sent}");
        }
    }
}
