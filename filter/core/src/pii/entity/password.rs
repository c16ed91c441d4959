//! Passwords that are said to be some: `password=…`, `"pwd": "…"`, `the password is …`.

use super::{Candidate, Edge, Entity, Part, ends_with_escape, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "password",
    about: "password behind its name: `password=`, `pwd:`, `passphrase is`; with a digit or a sign in it",
    pattern: r#"(?:[Pp]ass(?:words?|wd|phrase|code|wort)?|PASS(?:WORD|WD|PHRASE|CODE)?|[Pp]wd|PWD|[Kk]ennwort|[Cc]ontrase\xC0a|[Ss]enha|[Ww]achtwoord)\\?["'`]?[ \t]*(?:[:=]+>?|>| (?:is|was|ist|es))[ \t]*(?:\\?["'`][^"'`\\\r\n]+\\?["'`]|[!#$%*+./0-9?@A-Z^_a-z~\xC0-]+)"#,
    left: Edge::ANY,
    right: Edge::ANY,
    longest: 128,
    check,
    hits: &[
        "password=«hunter2»",
        "DB_PASSWORD: \"«p4ss word, (long)»\"",
        "{\"pwd\":\"«Tr0ub4dor&3»\"}",
        "my password is «S3cret!pw».",
        "Passwort: «Geheim#2024»",
        "login root, passwd = «toor123», port 22",
        "contraseña: «Secreta2024!»",
        "mysqldump --password=«hunter2» -u root; db-password: «toor123»",
        "{\"adminPassword\":\"«S3cret!pw»\"}, PGPASSWORD=«hunter2», \\npassword: «hunter2»",
        "<password>«S3cret!pw»</password>",
    ],
    misses: &[
        "password: required",
        "password=${DB_PASSWORD}",
        "password = getPassword2()",
        "password: ********",
        "the password is wrong.",
        "password=<password1>",
        "password_file=/run/secrets/db1",
        "password = os.environ[\"PW1\"]",
        "password: {{ vault_pw1 }}",
        "password: 8 characters or more",
        "compass: north40deg",
        "password = config.db.password1",
        "password: xxxxxxxx",
        "bypass: north40deg, COMPASS: N40DEG",
        "<password>${env.PW_2}</password>",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let text = candidate.text;
    if goes_on_a_word(candidate) {
        return None;
    }
    let quote = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`');
    let quoted = text.last().is_some_and(quote);
    // What goes on is cut off, or a call, an index, a template.
    let ends = |byte: &u8| is_part(*byte) || b"([{}".contains(byte) || *byte == b'<' && !is_element(text);
    if !quoted && candidate.after.first().is_some_and(ends) {
        return None;
    }
    let (start, end) = if quoted {
        let end = text.len() - 1;
        let end = if text.get(..end)?.ends_with(b"\\") { end - 1 } else { end };
        (text.get(..end)?.iter().rposition(quote)? + 1, end)
    } else {
        let separates = |byte: &u8| matches!(byte, b':' | b'=' | b'>' | b' ' | b'\t');
        let sentence = text.iter().rev().take_while(|byte| **byte == b'.').count();
        (text.iter().rposition(separates)? + 1, text.len() - if sentence == 1 { 1 } else { 0 })
    };
    let value = text.get(start..end)?;
    is_password(value).then_some(start..end)
}

/// Whether its name is only the end of a word (`compass`), and not of a name (`adminPassword`, `PGPASSWORD`).
fn goes_on_a_word(candidate: &Candidate<'_>) -> bool {
    let last = candidate.before.last().filter(|byte| byte.is_ascii_alphabetic());
    let Some(last) = last.filter(|_| !ends_with_escape(candidate.before)) else { return false };
    let name = match candidate.text {
        [b'P', b'a', b's', b's', next, ..] => next.is_ascii_lowercase() && last.is_ascii_lowercase(),
        [b'P', b'A', b'S', b'S', next, ..] => next.is_ascii_uppercase() && last.is_ascii_uppercase(),
        _ => false,
    };
    !name
}

/// Whether it is what stands in an element of XML.
fn is_element(text: &[u8]) -> bool {
    let name = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    text.get(name) == Some(&b'>')
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == super::LETTER || b"!#$%*+./?@^_~-".contains(&byte)
}

/// Not a word, a reference to one, or a row of stars.
fn is_password(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let names = [b"password".as_slice(), b"passwd", b"secret_", b"example", b"your", b"env."];
    let refers = super::generic_secret::is_named(value)
        || lower.first().is_some_and(|byte| b"$%/<{[@".contains(byte))
        || names.iter().any(|name| holds(&lower, name));
    let sign = |byte: &u8| byte.is_ascii_digit() || b"!#$%*+?@^~&".contains(byte);
    // Dotted names are code.
    let dotted =
        value.contains(&b'.') && value.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
    value.len() >= 6 && value.iter().any(sign) && !refers && !dotted && entropy::bits(value) > 1.8
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
