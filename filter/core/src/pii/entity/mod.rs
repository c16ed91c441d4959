//! What can be found: one file per entity, with its pattern, its proof, its examples. Nothing here searches; that is
//! `pii`'s. The build script includes this folder too, to compile the patterns, so it leans on nothing of the crate.
//!
//! Patterns see *folded* text: one byte per character. ASCII is itself; non-breaking and thin spaces are spaces;
//! U+2010…U+2015 and U+2212 are `-`; full-width forms are the ASCII they stand for; zero-width characters are not there
//! at all; what becomes of all others is `beyond`'s. A pattern is `regex` syntax without look-around, over these bytes, in
//! which a character beyond ASCII is what it is folded to.

mod base58;
mod bech32;
mod beyond;
mod candidate;
pub mod checksum;
mod date;
mod edge;
mod entropy;
mod pseudonym;

pub use beyond::{LETTER, OTHER, folded, in_bytes, is_letter, is_other};
pub use candidate::{Candidate, Part, begins_with, behind_escape, character, first_word, follows, word_starts};
pub use edge::{Edge, ends_with_escape, is_in_address};

/// One kind of personal data or secret.
pub struct Entity {
    /// Its name in the configuration: `credit_card`. The placeholder is this in capitals: `[CREDIT_CARD]`.
    pub name: &'static str,
    /// One line for people: what it is, and what proves it.
    pub about: &'static str,
    /// The groups that turn it on.
    pub groups: &'static [Group],
    /// What it looks like. Where the entity reaches back, from its pivot on. Empty if there is nothing that it looks like
    /// without its context.
    pub pattern: &'static str,
    /// What else it looks like where its context is before it, or where it is all there is. Anywhere else nobody looks
    /// for that: most numbers are nothing without their names.
    pub announced: &'static str,
    /// What it is preceded by, when it can only be told from its middle (an e-mail address, from its `@`).
    pub back: Option<Back>,
    /// What may not stand directly before it.
    pub left: Edge,
    /// What may not stand directly behind it. Not looked at where it has a tail.
    pub right: Edge,
    /// The longest match in characters (for one with a tail: until it is certain). Longer ones are not found.
    pub longest: usize,
    /// The shortest match in characters.
    pub shortest: usize,
    /// What belongs to it beyond the match, however long.
    pub tail: Tail,
    /// Whether a candidate is one, and which part of it is to be replaced.
    pub check: fn(&Candidate<'_>) -> Option<Part>,
    /// Words and phrases, in lower case, that its check wants among the five words before it, always or for some
    /// spellings; empty if it never does. An IPv4 address must not have them: they are what versions stand behind.
    pub context: &'static [&'static str],
    /// What `partial` leaves to be read.
    pub partial: Partial,
    /// What makes two spellings the same value.
    pub same: Same,
    /// Texts that hold it, between « and ».
    pub hits: &'static [&'static str],
    /// Texts that look like it and do not hold it.
    pub misses: &'static [&'static str],
}

impl Entity {
    /// Whether it is replaced before all of it is known.
    pub const fn is_open(&self) -> bool {
        !matches!(self.tail, Tail::None)
    }

    /// What most numbers have in common.
    const NUMBER: Entity = Entity {
        name: "",
        about: "",
        groups: &[],
        pattern: "",
        announced: "",
        back: None,
        left: Edge::WORD.or(Edge::HYPHEN).or(Edge::DOT),
        right: Edge::WORD.or(Edge::HYPHEN),
        longest: 0,
        shortest: 1,
        tail: Tail::None,
        check: |candidate| candidate.whole(),
        context: &[],
        partial: Partial::LastFour,
        same: Same::Alphanumeric,
        hits: &[],
        misses: &[],
    };

    /// What most secrets have in common. Nothing in their patterns limits their length, so that one state of the
    /// automaton serves for all of it; their checks do.
    const SECRET: Entity = Entity {
        groups: &[Group::Secrets],
        left: Edge::TOKEN,
        right: Edge::TOKEN,
        longest: 256,
        partial: Partial::Nothing,
        same: Same::Exactly,
        ..Entity::NUMBER
    };
}

/// What an entity reaches back over from its pivot.
pub struct Back {
    /// The characters.
    pub of: fn(u8) -> bool,
    /// How many at most. At least one.
    pub most: usize,
    /// How many of them may be capitals directly behind small letters or digits: what has more is no name but a token,
    /// and any text of tokens would have to be held. Of what has more, the end with so many counts.
    pub capitals: usize,
    /// How often they may change between small letters, capitals and digits where they mix all three, as base64 does:
    /// where a capital stands behind a small letter somewhere, and a digit beside a letter. That a small letter follows a
    /// capital is no change.
    pub changes: usize,
}

/// How the characters before a pivot change, as far as they have been gone back over.
#[derive(Default)]
struct Mix {
    capitals: usize,
    changes: usize,
    camels: bool,
    digits: bool,
}

impl Mix {
    fn add(&mut self, first: u8, second: u8) {
        let [small, capital, digit] = [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit];
        let is = |one: fn(&u8) -> bool, other: fn(&u8) -> bool| one(&first) && other(&second);
        let camel = is(small, capital);
        let numbered = is(u8::is_ascii_alphabetic, digit) || is(digit, u8::is_ascii_alphabetic);
        self.capitals += usize::from(camel || is(digit, capital));
        self.changes += usize::from(camel || numbered);
        self.camels |= camel;
        self.digits |= numbered;
    }
}

impl Back {
    /// How far back it reaches from the end of a text.
    pub fn reach(&self, text: &[u8]) -> usize {
        let (mut length, mut mix, mut behind) = (0, Mix::default(), None);
        for byte in text.iter().rev().take(self.most).take_while(|byte| (self.of)(**byte)) {
            if let Some(behind) = behind.replace(*byte) {
                mix.add(*byte, behind);
            }
            let mixed = mix.camels && mix.digits && mix.changes > self.changes;
            if mixed || mix.capitals > self.capitals {
                break;
            }
            length += 1;
        }
        length
    }
}

/// What belongs to an entity beyond what proves it.
pub enum Tail {
    /// Nothing.
    None,
    /// All characters that follow and are such.
    Run(fn(u8) -> bool),
    /// All characters that follow and are such, until this text, which belongs to it.
    Until(&'static str, fn(u8) -> bool),
}

/// What `partial` leaves to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partial {
    /// The last four characters that are letters or digits: `[…1111]`.
    LastFour,
    /// The first letter, and what follows the `@`.
    Mailbox,
    /// Nothing: `partial` masks it like `mask`.
    Nothing,
}

/// What makes two spellings the same value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Same {
    /// The same characters.
    Exactly,
    /// The same but for case.
    AnyCase,
    /// The same letters and digits in any case: separators do not count.
    Alphanumeric,
}

/// A name that turns on several entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// What identifies a person.
    Personal,
    /// Money.
    Financial,
    /// Numbers that states give.
    Government,
    /// Addresses of machines.
    Network,
    /// What opens doors.
    Secrets,
    /// United States.
    Us,
    /// European Union and its members.
    Eu,
    /// United Kingdom.
    Uk,
    /// Canada.
    Ca,
    /// Australia.
    Au,
    /// India.
    In,
    /// Spain.
    Es,
    /// Italy.
    It,
    /// France.
    Fr,
    /// Germany.
    De,
    /// Poland.
    Pl,
    /// Netherlands.
    Nl,
    /// Belgium.
    Be,
    /// Sweden.
    Se,
    /// Finland.
    Fi,
    /// Brazil.
    Br,
    /// South Korea.
    Kr,
    /// Singapore.
    Sg,
    /// China.
    Cn,
    /// Japan.
    Jp,
    /// South Africa.
    Za,
    /// Mexico.
    Mx,
    /// Turkey.
    Tr,
    /// Thailand.
    Th,
}

/// One pattern of an entity.
#[derive(Clone, Copy)]
pub struct Spelling {
    /// Whose: its place in [`COMPILED`].
    pub entity: u8,
    /// What it looks like.
    pub pattern: &'static str,
    /// Whether it counts only where the entity's context is before it, or where it is all there is.
    pub announced: bool,
}

/// What the automata are built from, in the order of [`COMPILED`], each with its number.
pub fn spellings() -> impl Iterator<Item = (u8, Spelling)> {
    let both = (0u8..).zip(COMPILED).flat_map(|(entity, all)| {
        let told = Spelling { entity, pattern: all.pattern, announced: false };
        [told, Spelling { pattern: all.announced, announced: true, ..told }]
    });
    (0u8..).zip(both.filter(|spelling| !spelling.pattern.is_empty()))
}

macro_rules! entities {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*
        /// Every entity. Where two match the same characters, the first in this list is named.
        pub const ALL: &[&Entity] = &[$(&$name::ENTITY),*];
        /// All that is searched for: every entity, and behind them Dragoman's own pseudonyms.
        pub const COMPILED: &[&Entity] = &[$(&$name::ENTITY,)* &pseudonym::ENTITY];
    };
}

entities! {
    private_key,
    pgp_private_key,
    jwt,
    anthropic_key,
    openai_key,
    github_token,
    gitlab_token,
    aws_secret_key,
    aws_access_key,
    google_api_key,
    google_oauth,
    google_service_account,
    azure_storage_key,
    azure_sas_token,
    azure_client_secret,
    slack_token,
    slack_webhook,
    stripe_key,
    twilio_key,
    sendgrid_key,
    npm_token,
    pypi_token,
    huggingface_token,
    telegram_token,
    discord_token,
    discord_webhook,
    digitalocean_token,
    databricks_token,
    vendor_token,
    url_credentials,
    authorization,
    email,
    credit_card,
    iban,
    crypto_address,
    ethereum_address,
    swift_bic,
    us_ssn,
    us_itin,
    us_mbi,
    us_npi,
    us_bank_routing,
    us_passport,
    us_driver_license,
    uk_nino,
    uk_nhs,
    uk_driving_licence,
    ca_sin,
    au_abn,
    au_tfn,
    au_acn,
    au_medicare,
    in_gstin,
    in_pan,
    in_aadhaar,
    es_nif,
    es_nie,
    it_codice_fiscale,
    fr_nir,
    de_tax_id,
    de_social_security,
    pl_pesel,
    nl_bsn,
    be_nn,
    se_personnummer,
    se_organisationsnummer,
    fi_hetu,
    br_cpf,
    br_cnpj,
    kr_rrn,
    sg_nric,
    cn_resident_id,
    jp_my_number,
    za_id,
    mx_curp,
    tr_national_id,
    th_national_id,
    imei,
    vin,
    ipv4,
    ipv6,
    loopback_ip,
    mac_address,
    date_of_birth,
    coordinates,
    phone,
    us_bank_account,
    password,
    generic_secret,
}
