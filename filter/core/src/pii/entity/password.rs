//! Passwords that are said to be some: `password=…`, `"pwd": "…"`, `the password is …`.

use super::{Candidate, Edge, Entity, Part, ends_with_escape, entropy, is_letter, is_other};

pub(super) const ENTITY: Entity = Entity {
    name: "password",
    about: "password behind its name: `password=`, `pwd:`, `passphrase is`; with a digit or a sign in it, or capitals among small letters",
    pattern: concat!(
        r#"(?:[Pp]ass(?:words?|wd|phrase|code|wort)?|PASS(?:WORD|WD|PHRASE|CODE)?|[Pp]wd|PWD|[Pp]w|PW|[Mm]ot de passe"#,
        r#"|[Kk]ennwort|[Cc]ontraseña|[Ss]enha|[Ww]achtwoord|[Hh]asło|[Ll]ösenord|пароль|密码|密碼|パスワード|비밀번호)"#,
        r#"\\?["'`]?[ \t]*(?:[:=]+>?|>|是| (?:is|was|ist|es|est|lautet) ?:?)[ \t]*"#,
        r#"(?:\\?["'`][^"'`\\\r\n]+\\?["'`]|[!#$%&()*+./0-9=?@A-Z^_a-z~\xC0-\xDF-]+)"#,
        r#"|-(?:u|-user)[ =]+["'`]?[^\s:"'`/]*:[^\s"'`/]+"#
    ),
    left: Edge::ANY,
    // Of the ends that a value has, nearly all are told by what goes on behind them.
    right: Edge::WORD.or(Edge::HYPHEN).or(Edge::SLASH).or(Edge::SIGN),
    longest: 96,
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
        "password=«tr0ub4dor&3», (password: «AY%0(B)D#u&l»), password: «YWRtaW46aHVudGVyMg==»",
        "?password=«hunter2»&user=bob, password=«yqDVtkqPECriaLRi»",
        "my password is «@4N55RRv7_», mot de passe : «Xk9$mQ2!vLp7», das Passwort lautet «hunter22»",
        "пароль: «hunter22», 密码是«Abc12345!», 비밀번호: «hunter22»",
        "curl -u admin:«hunter2» https://example.com; curl --user 'api:«d2LkV78zLx!t»'",
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
        "docker run -u 1000:1000 alpine, install -u root:root",
        "login(user=name, password=pass_from(env, 1))",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let text = candidate.text;
    if goes_on_a_word(candidate) {
        return None;
    }
    let quoted = text.last().is_some_and(is_quote);
    // What goes on is cut off, or a call, an index, a template.
    let ends = |byte: &u8| is_part(*byte) || b"[{}".contains(byte) || *byte == b'<' && !is_element(text);
    if !quoted && candidate.after.first().is_some_and(ends) {
        return None;
    }
    let start = value_start(text)?;
    let end = if quoted {
        let end = text.len() - 1;
        if text.get(..end)?.ends_with(b"\\") { end - 1 } else { end }
    } else {
        start + unquoted(text.get(start..)?)
    };
    let value = text.get(start..end)?;
    let numbers = value.iter().all(u8::is_ascii_digit);
    (is_password(value) && !(numbers && text.starts_with(b"-"))).then_some(start..end)
}

fn is_quote(byte: &u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// Where the value begins: behind its name, what assigns, and the quote.
fn value_start(text: &[u8]) -> Option<usize> {
    let count = |from: usize, of: fn(&u8) -> bool| text.get(from..).map_or(0, |rest| rest.iter().take_while(|own| of(own)).count());
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let closes = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\\') || is_quote(byte);
    let assigns = |byte: &u8| matches!(byte, b':' | b'=' | b'>');
    if text.starts_with(b"-") {
        return Some(text.iter().position(|byte| *byte == b':')? + 1);
    }
    let of_name: fn(&u8) -> bool = match text.first().is_some_and(|first| is_other(*first)) {
        true => |byte| is_other(*byte),
        false => |byte| byte.is_ascii_alphabetic() || is_letter(*byte),
    };
    let spaced = text.get(1..).is_some_and(|rest| rest.starts_with(b"ot de passe"));
    let name = if spaced { 12 } else { count(0, of_name) };
    let mut at = name + count(name, closes);
    if text.get(at).is_some_and(assigns) {
        at += count(at, assigns);
    } else if text.get(at - 1).is_some_and(u8::is_ascii) {
        // Words, and perhaps a colon.
        at += count(at, u8::is_ascii_alphabetic);
        at += count(at, blank);
        at += usize::from(text.get(at) == Some(&b':'));
    }
    at += count(at, blank);
    at += usize::from(text.get(at) == Some(&b'\\') && text.get(at + 1).is_some_and(is_quote));
    Some(at + usize::from(text.get(at).is_some_and(is_quote)))
}

/// How long a value without quotes is: without the end of a sentence, of brackets around it, or of a URL's parameter.
fn unquoted(value: &[u8]) -> usize {
    let names = |rest: &[u8]| {
        let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        name > 0 && rest.get(name) == Some(&b'=')
    };
    let parameter = |at: &usize| value.get(*at) == Some(&b'&') && value.get(at + 1..).is_some_and(names);
    let value = value.get(..(0..value.len()).find(parameter).unwrap_or(value.len())).unwrap_or(value);
    let sentence = value.iter().rev().take_while(|byte| **byte == b'.').count() == 1;
    let value = value.get(..value.len() - usize::from(sentence)).unwrap_or(value);
    let count = |bracket: u8| value.iter().filter(|byte| **byte == bracket).count();
    let bracket = value.ends_with(b")") && count(b')') > count(b'(');
    value.len() - usize::from(bracket)
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
    byte.is_ascii_alphanumeric() || is_letter(byte) || b"!#$%&()*+./=?@^_~-".contains(&byte)
}

/// Not a word, a reference to one, a call, or a row of stars.
fn is_password(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let names = [b"password".as_slice(), b"passwd", b"secret_", b"example", b"your", b"env."];
    let refers = super::generic_secret::is_named(value, &[]) || is_reference(value) || names.iter().any(|name| holds(&lower, name));
    let sign = |byte: &u8| byte.is_ascii_digit() || b"!#$%*+?@^~&".contains(byte);
    let drawn = value.iter().any(sign) || value.len() > 9 && entropy::is_mixed(value);
    // Dotted names are code, and so is a name before a bracket.
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
    let dotted = value.contains(&b'.') && value.iter().all(name);
    let call = value.iter().position(|byte| !name(byte)).is_some_and(|at| at > 0 && value.get(at) == Some(&b'('));
    value.len() >= 6 && drawn && !refers && !dotted && !call && entropy::bits(value) > 1.8
}

/// Whether it begins as what stands for something else does: a path, a template, a variable, a decorator.
fn is_reference(value: &[u8]) -> bool {
    match value {
        [b'/' | b'<' | b'{' | b'[', ..] => true,
        [b'$' | b'%' | b'@', next, rest @ ..] => {
            let named = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.:/()-%".contains(byte);
            !next.is_ascii_digit() && named(next) && rest.iter().all(named)
        }
        _ => false,
    }
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
