//! Every case is read whole and at every cut: the parts must add up to the same.

use super::*;

/// Parts as they add up.
fn join(parts: Vec<Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        match (joined.last_mut(), part) {
            (Some(Part::Content(before)), Part::Content(text))
            | (Some(Part::Thought(before)), Part::Thought(text))
            | (Some(Part::Arguments(before)), Part::Arguments(text)) => before.push_str(&text),
            (_, part) => joined.push(part),
        }
    }
    joined
}

fn read(new: impl Fn() -> Reader, text: &str) -> Vec<Part> {
    let run = |pieces: &[&str]| {
        let mut reader = new();
        let mut parts: Vec<Part> = pieces.iter().flat_map(|piece| reader.push(piece)).collect();
        parts.extend(reader.finish());
        join(parts)
    };
    let whole = run(&[text]);
    for (cut, _) in text.char_indices() {
        assert_eq!(run(&[&text[..cut], &text[cut..]]), whole, "cut at {cut} of {text:?}");
    }
    let letters: Vec<String> = text.chars().map(String::from).collect();
    assert_eq!(run(&letters.iter().map(String::as_str).collect::<Vec<_>>()), whole, "letter by letter: {text:?}");
    whole
}

fn plain() -> Reader {
    Reader::new(false, false, None)
}

/// Of an answer that may call `f` and `g`.
fn calling(dialect: Dialect) -> Reader {
    Reader::new(false, false, Some(Callable { dialect, names: ["f".into(), "g".into()].into() }))
}

fn content(text: &str) -> Part {
    Part::Content(text.into())
}

fn call(name: &str, arguments: &str) -> [Part; 2] {
    [Part::Call(name.into()), Part::Arguments(arguments.into())]
}

#[test]
fn plain_text_is_content_as_it_is() {
    assert_eq!(read(plain, "a <b> {c}\n d \n"), [content("a <b> {c}\n d \n")]);
}

#[test]
fn thoughts_come_apart_from_content() {
    let expected = [Part::Thought("\nhm\n".into()), content("So.")];
    assert_eq!(read(|| Reader::new(true, false, None), "<think>\nhm\n</think>\n\nSo."), expected);
    assert_eq!(read(|| Reader::new(true, true, None), "\nhm\n</think>\n\nSo."), expected);
}

#[test]
fn an_answer_without_thoughts_is_content() {
    assert_eq!(read(|| Reader::new(true, false, None), "<thin ice"), [content("<thin ice")]);
}

#[test]
fn hermes_calls_are_read_with_the_text_around_them() {
    let text = "Let me see.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"x\": \"</tool_call>\"}}\n</tool_call>\n<tool_call>{\"name\": \"h\", \"arguments\": {}}</tool_call>\nDone.";
    let expected =
        [&[content("Let me see.")][..], &call("f", r#"{"x": "</tool_call>"}"#), &call("h", "{}"), &[content("Done.")]];
    assert_eq!(read(|| calling(Dialect::Hermes), text), expected.concat());
}

#[test]
fn arguments_are_told_as_they_come() {
    for (dialect, before, after) in [
        (Dialect::Hermes, "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"x\"", ": \"y\"}}\n</tool_call>"),
        (Dialect::Llama3, "{\"name\": \"f\", \"parameters\": {\"x\"", ": \"y\"}}"),
        (Dialect::Mistral, "[TOOL_CALLS] [{\"name\": \"f\", \"arguments\": {\"x\"", ": \"y\"}}]"),
        (Dialect::Mistral, "[TOOL_CALLS]f[ARGS]{\"x\"", ": \"y\"}"),
        (Dialect::Json, "[{\"name\": \"f\", \"arguments\": {\"x\"", ": \"y\"}}]"),
    ] {
        let mut reader = calling(dialect);
        assert_eq!(reader.push(before), call("f", "{\"x\""), "{dialect:?}");
        assert_eq!(reader.push(after), [Part::Arguments(": \"y\"}".into())], "{dialect:?}");
        assert!(reader.finish().is_empty() && reader.called());
    }
}

#[test]
fn a_call_cut_before_its_arguments_is_still_content_and_one_cut_within_them_is_a_call() {
    let text = "<tool_call>\n{\"name\": \"f\", \"argu";
    assert_eq!(read(|| calling(Dialect::Hermes), text), [content(text)]);
    let text = text.to_string() + "ments\": {\"x\": \"";
    assert_eq!(read(|| calling(Dialect::Hermes), &text), call("f", "{\"x\": \""));
}

#[test]
fn a_call_that_is_no_json_is_content() {
    let text = "a <tool_call>f(x)</tool_call> b";
    assert_eq!(read(|| calling(Dialect::Hermes), text), [content(text)]);
}

#[test]
fn a_call_of_another_shape_is_read_whole() {
    for text in [
        r#"{"arguments": {"x": 1}, "name": "f"}"#,
        r#"{"type": "function", "function": {"name": "f", "arguments": {"x": 1}}}"#,
        r#"{"id": 7, "name": "f", "arguments": "{\"x\":1}"}"#,
    ] {
        let marked = format!("<tool_call>{text}</tool_call>");
        assert_eq!(read(|| calling(Dialect::Hermes), &marked), call("f", r#"{"x":1}"#));
        assert_eq!(read(|| calling(Dialect::Json), text), call("f", r#"{"x":1}"#));
    }
    assert_eq!(read(|| calling(Dialect::Json), r#"{"name": "f"}"#), call("f", "{}"));
}

#[test]
fn what_stands_beside_the_arguments_is_left_out() {
    let text = r#"<tool_call>{"name": "f", "arguments": {"x": 1}, "id": "}"}</tool_call>"#;
    assert_eq!(read(|| calling(Dialect::Hermes), text), call("f", r#"{"x": 1}"#));
}

#[test]
fn llama_calls_are_read_with_and_without_their_tag() {
    let expected = [call("f", r#"{"x": "}"}"#), call("g", "{}")].concat();
    let plain = r#"{"name": "f", "parameters": {"x": "}"}}; {"name": "g", "parameters": {}}"#;
    assert_eq!(read(|| calling(Dialect::Llama3), plain), expected);
    let tagged = format!("<|python_tag|>{plain}");
    assert_eq!(read(|| calling(Dialect::Llama3), &tagged), expected);
}

#[test]
fn json_that_is_no_call_or_calls_what_is_not_offered_is_content() {
    for dialect in [Dialect::Llama3, Dialect::Json] {
        for text in [
            r#"{"name": 3} is what I mean"#,
            r#"{"name": "Clara", "email": "clara@example.com"}"#,
            r#"{"name": "Clara", "arguments": {"a": 1}}"#,
            "{ x }",
            "{\"name\": \"f",
        ] {
            assert_eq!(read(|| calling(dialect), text), [content(text)]);
        }
    }
    for text in ["[1, 2]", "[]", "[", r#"[{"name": "Clara"}]"#] {
        assert_eq!(read(|| calling(Dialect::Json), text), [content(text)]);
    }
}

#[test]
fn mistral_calls_are_read_as_lists_and_by_name() {
    let list = r#"[TOOL_CALLS] [{"name": "f", "arguments": {"a": [1]}}, {"name": "g", "arguments": {}}]"#;
    let expected = [call("f", r#"{"a": [1]}"#), call("g", "{}")].concat();
    assert_eq!(read(|| calling(Dialect::Mistral), list), expected);
    let named = r#"[TOOL_CALLS]f[ARGS]{"a": [1]}[TOOL_CALLS]g[ARGS]{}"#;
    assert_eq!(read(|| calling(Dialect::Mistral), named), expected);
    let none = "[TOOL_CALLS] nothing, really";
    assert_eq!(read(|| calling(Dialect::Mistral), none), [content(none)]);
}

#[test]
fn a_list_of_calls_is_read_where_the_template_says_nothing() {
    let text = r#"[{"name": "f", "arguments": {"x": 1}}, {"name": "g"}] "#;
    assert_eq!(read(|| calling(Dialect::Json), text), [call("f", r#"{"x": 1}"#), call("g", "{}")].concat());
}

#[test]
fn what_follows_a_call_and_is_none_is_content() {
    let text = r#"[{"name": "f", "arguments": {}}, 3]"#;
    assert_eq!(read(|| calling(Dialect::Json), text), [&call("f", "{}")[..], &[content(" 3]")]].concat());
}
