//! Whatever a request says is told, listed as a loss, or refused: each value of a request that says all that its format
//! can say is changed in turn, and the change has to show in what the target is sent, in the losses or in the refusal.
//! Not whether it is told rightly: that is for the laws and the named cases.

use dragoman_core::wire::{self, Format, Quirks, Target};
use serde_json::{Value, json};

/// Values that no other provider has a use for, and that change nothing of what is asked.
fn is_nobodys(path: &str, format: Format) -> bool {
    // The model is the route's to name, and whether to stream stands beside the body.
    matches!(path, "model" | "anthropic_version" | "stream")
        // The client's stream has usage or not, whatever the target is asked.
        || path == "stream_options.include_usage"
        // What one stored answer's items are called.
        || format == Format::Responses && (path.ends_with(".id") || path.ends_with(".status"))
        || format == Format::Chat && path.ends_with("].index")
        || format == Format::Gemini && path == "systemInstruction.role"
        // An outcome is its call's, and bears that one's name.
        || path.ends_with(".functionResponse.name")
        // Anthropic's own has this one value.
        || path.ends_with(".source.media_type") && format == Format::Messages
        // Whoever takes a schema holds to it, asked or not; whoever shows thoughts shows them, asked or not.
        || path.ends_with("json_schema.strict") || path == "text.format.strict"
        || path.ends_with(".includeThoughts") || path == "thinking.display" || path == "reasoning.summary"
        // Told in words where there are no numbers, and those are few.
        || path == "thinking.budget_tokens"
}

/// A request that says all that one can in this format.
fn everything(format: Format) -> Value {
    let text = match format {
        Format::Chat => include_str!("told/chat.json"),
        Format::Responses => include_str!("told/responses.json"),
        Format::Messages => include_str!("told/messages.json"),
        Format::Gemini => include_str!("told/gemini.json"),
    };
    serde_json::from_str(text).unwrap()
}

/// Everything that holds one value, with its path as losses have it.
fn leaves(value: &Value, path: &str, pointer: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                leaves(value, &path, &format!("{pointer}/{key}"), found);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                leaves(value, &format!("{path}[{index}]"), &format!("{pointer}/{index}"), found);
            }
        }
        _ => found.push((path.to_owned(), pointer.to_owned())),
    }
}

fn another(value: &Value) -> Value {
    match value {
        Value::Bool(truth) => (!truth).into(),
        Value::Number(number) if number.is_u64() => json!(number.as_u64().unwrap() + 9000),
        Value::Number(number) => json!(number.as_f64().unwrap() / 2.0),
        _ => "zzzz".into(),
    }
}

/// What becomes of a request: what the target is sent and what is lost, or why it is refused.
fn outcome(from: Format, to: Format, body: &Value, target: &Target<'_>) -> Result<(Vec<u8>, Vec<String>), String> {
    let translated = wire::request(from, to, body.to_string().as_bytes(), target).map_err(|flaw| flaw.to_string())?;
    // A list that is too long to name all would hide some.
    assert_eq!(translated.losses.paths().count(), translated.losses.len(), "{from} to {to}: {}", translated.losses);
    Ok((translated.body, translated.losses.paths().map(str::to_owned).collect()))
}

fn covers(loss: &str, path: &str) -> bool {
    path.strip_prefix(loss).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The values of which a target neither learns, nor is anybody told that it does not.
fn unsaid(from: Format, to: Format, target: &Target<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for (part, own) in pieces(&everything(from)) {
        let before = outcome(from, to, &part, target).unwrap_or_else(|flaw| panic!("{from} to {to}: {flaw}"));
        let mut all = Vec::new();
        leaves(&part, "", "", &mut all);
        for (path, pointer) in all.into_iter().filter(|(path, _)| covers(&own, path) && !is_nobodys(path, from)) {
            let mut changed = part.clone();
            let value = changed.pointer_mut(&pointer).unwrap();
            *value = another(value);
            let Ok(after) = outcome(from, to, &changed, target) else { continue };
            let is_listed = before.1.iter().chain(&after.1).any(|loss| covers(loss, &path));
            if before.0 == after.0 && !is_listed {
                found.push(path);
            }
        }
    }
    found
}

/// A request in pieces, each with few enough losses to be listed: a setting or the conversation, and which of it it is.
fn pieces(body: &Value) -> Vec<(Value, String)> {
    const TOLD: [&str; 8] =
        ["messages", "input", "contents", "tools", "system", "systemInstruction", "model", "max_tokens"];
    let all = body.as_object().unwrap();
    let mut conversation = all.clone();
    conversation.retain(|key, _| TOLD.contains(&key.as_str()));
    let piece = |key: &String| {
        let mut piece = conversation.clone();
        piece.insert(key.clone(), all[key].clone());
        (piece.into(), key.clone())
    };
    all.keys().map(piece).collect()
}

#[test]
fn every_value_of_a_request_is_told_listed_or_refused() {
    let mut found = Vec::new();
    for from in Format::ALL {
        for to in Format::ALL.into_iter().filter(|to| *to != from) {
            for (model, quirks) in [
                ("m", Quirks::of(to)),
                ("m", &Quirks::COMPATIBLE),
                ("gpt-5", &Quirks::OPENAI),
                ("claude-opus-4-7", &Quirks::VERTEX_ANTHROPIC),
                ("gemini-3-pro", &Quirks::GEMINI),
            ] {
                let target = Target { model, stream: None, quirks };
                let paths = unsaid(from, to, &target);
                found.extend(paths.into_iter().map(|path| format!("{from} to {to} ({model}): {path}")));
            }
        }
    }
    assert!(found.is_empty(), "neither told nor listed:\n{}", found.join("\n"));
}
