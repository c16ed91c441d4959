//! Whether the first stage answers: `GET /healthz` on the private socket. Not whether any target does.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::folder;

/// A listener that does not answer in this time is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the first stage answered.
pub(super) struct Health {
    /// Whether it is well.
    pub(super) well: bool,
    /// The configuration that answered, as the filter names it.
    pub(super) configuration: Option<String>,
}

/// `dragoman ready`: whether a gateway of this user's runs on this machine, and all of them answer.
pub fn run() -> Result<(), String> {
    let sockets = folder::ready_sockets().map_err(|error| format!("the temporary folder cannot be read: {error}"))?;
    let answers: Vec<bool> = sockets.iter().filter_map(|socket| well(health(socket))).collect();
    match answers[..] {
        [] => Err("no gateway runs here, or none listens yet; start one by `dragoman up`".to_owned()),
        _ if answers.contains(&false) => Err("the gateway does not answer; see what it logs".to_owned()),
        _ => Ok(()),
    }
}

/// Nothing of a gateway that is another user's, has ended, or does not listen yet.
fn well(asked: io::Result<Health>) -> Option<bool> {
    use io::ErrorKind::{ConnectionRefused, NotADirectory, NotFound, PermissionDenied};
    match asked {
        Ok(health) => Some(health.well),
        Err(error) if [ConnectionRefused, NotADirectory, NotFound, PermissionDenied].contains(&error.kind()) => None,
        Err(_) => Some(false),
    }
}

/// Asks once.
pub(super) fn health(socket: &Path) -> io::Result<Health> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: ready\r\nconnection: close\r\n\r\n")?;
    let mut head = Vec::new();
    // The end of the connection would come a second later.
    for line in BufReader::new(stream.take(64 << 10)).lines() {
        match line? {
            line if line.is_empty() => break,
            line => head.push(line),
        }
    }
    Ok(parse(&head))
}

fn parse(head: &[String]) -> Health {
    let mut lines = head.iter();
    let well = lines.next().and_then(|line| line.split(' ').nth(1)) == Some("200");
    let configuration = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("x-dragoman-configuration"))
        .map(|(_, value)| value.trim().to_owned());
    Health { well, configuration }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{Health, parse, well};

    fn health(lines: &[&str]) -> Health {
        parse(&lines.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn health_is_a_200_and_names_its_configuration() {
        let health = health(&["HTTP/1.1 200 OK", "X-Dragoman-Configuration: 3f2a"]);
        assert!(health.well);
        assert_eq!(health.configuration.as_deref(), Some("3f2a"));
    }

    #[test]
    fn a_socket_that_nobody_listens_on_is_no_gateway_and_one_that_is_silent_is_not_well() {
        assert_eq!(well(Err(io::ErrorKind::ConnectionRefused.into())), None);
        assert_eq!(well(Err(io::ErrorKind::PermissionDenied.into())), None);
        assert_eq!(well(Err(io::ErrorKind::WouldBlock.into())), Some(false));
        assert_eq!(well(Ok(health(&["HTTP/1.1 503 Service Unavailable"]))), Some(false));
    }

    #[test]
    fn anything_else_is_not_well() {
        for line in ["", "HTTP/1.1 503 Service Unavailable", "200", "HTTP/1.1"] {
            assert!(!health(&[line]).well, "{line}");
        }
    }
}
