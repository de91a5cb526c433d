//! A request to take away: as a curl command, as a Python 3 program over `http.client`, and as one over a bare socket that
//! prints the raw response.
//!
//! Each sends the same method, target, field lines and content as the request on screen. A lab host is reached through the gateway:
//! the address on this machine goes into the program, the Host field stays the lab's.

use std::{fmt::Write as _, net::SocketAddr};

use super::ask::{Ask, HttpChoice, Origin};

/// Where the request is to be sent from outside the lab: nothing for the Internet, the gateway's address for a lab host.
pub type GatewayAddress = Option<SocketAddr>;

/// A curl command line for a POSIX shell; binary content comes through `printf`. Raw octets become a few lines for bash instead.
pub fn curl(ask: &Ask, through: GatewayAddress) -> String {
    if let Some(raw) = &ask.raw {
        return raw_shell(ask, through, raw);
    }
    let mut command = String::from("curl --include");
    let mut add = |part: &str| {
        command.push_str(" \\\n  ");
        command.push_str(part);
    };
    match ask.method.as_str() {
        "GET" if ask.content.is_none() => {}
        "HEAD" => add("--head"),
        method => add(&format!("--request {}", shell(method))),
    }
    add(match ask.http {
        HttpChoice::Http10 => "--http1.0",
        HttpChoice::Http11 => "--http1.1",
        HttpChoice::Http2 if ask.url.scheme() == "http" => "--http2-prior-knowledge",
        HttpChoice::Http2 => "--http2",
    });
    if let (Some(through), Some(origin)) = (through, Origin::of(&ask.url)) {
        let host = ask.url.host_str().unwrap_or_default();
        add(&format!("--connect-to {}", shell(&format!("{host}:{}:{}:{}", origin.port, through.ip(), through.port()))));
        if origin.secure {
            add("--cacert roundtrip-lab.pem");
        }
    }
    let written = ask.field_lines();
    for (name, value) in &written {
        let implied = name.eq_ignore_ascii_case("Content-Length") || (name == "Host" && *value == host_of(ask));
        if !implied {
            add(&format!("--header {}", shell(&format!("{name}: {value}"))));
        }
    }
    for usual in CURLS_OWN {
        if !written.iter().any(|(name, _)| name.eq_ignore_ascii_case(usual)) {
            // A name with nothing after the colon keeps curl from sending its own.
            add(&format!("--header {}", shell(&format!("{usual}:"))));
        }
    }
    if let Some(content) = &ask.content {
        match std::str::from_utf8(content) {
            Ok(text) if !text.contains('\0') => add(&format!("--data-raw {}", shell(text))),
            _ => add("--data-binary @-"),
        }
    }
    let mut url = ask.url.clone();
    url.set_fragment(None);
    add(&shell(url.as_str()));
    match &ask.content {
        Some(content) if command.contains("--data-binary @-") => format!("{} | {command}", printf(content)),
        _ => command,
    }
}

/// Fields curl sends of itself.
const CURLS_OWN: [&str; 3] = ["User-Agent", "Accept", "Content-Type"];

/// Raw octets are no request curl could send: they go over a socket of bash's own (or `openssl`'s, for TLS).
fn raw_shell(ask: &Ask, through: GatewayAddress, raw: &[u8]) -> String {
    let Some(origin) = Origin::of(&ask.url) else { return String::new() };
    let (host, port) = end(&origin, through);
    if origin.secure {
        let to = shell(&format!("{host}:{port}"));
        return format!("{} | openssl s_client -quiet -connect {to} -servername {}", printf(raw), shell(&origin.host));
    }
    format!("exec 3<> {}\n{} >&3\ncat <&3\n", shell(&format!("/dev/tcp/{host}/{port}")), printf(raw))
}

/// A Python 3 program over the standard library's `http.client`. Raw octets, and HTTP/2, which that library does not speak, come
/// as [`python_socket`] and over HTTP/1.1.
pub fn python_http(ask: &Ask, through: GatewayAddress) -> String {
    if ask.raw.is_some() {
        return python_socket(ask, through);
    }
    let Some(origin) = Origin::of(&ask.url) else { return String::new() };
    let (host, port) = end(&origin, through);
    let mut program = String::from("import http.client\n");
    if origin.secure {
        program.push_str("import ssl\n");
    }
    program.push('\n');
    if origin.secure {
        writeln!(program, "context = {}", context(through)).ok();
        if through.is_some() {
            program.push_str(&named_tls(&host, port, &origin.host));
        } else {
            writeln!(program, "connection = http.client.HTTPSConnection({}, {port}, context=context)", python(&host))
                .ok();
        }
    } else {
        writeln!(program, "connection = http.client.HTTPConnection({}, {port})", python(&host)).ok();
    }
    if ask.http == HttpChoice::Http10 {
        program.push_str("connection._http_vsn, connection._http_vsn_str = 10, \"HTTP/1.0\"\n");
    }
    writeln!(
        program,
        "connection.putrequest({}, {}, skip_host=True, skip_accept_encoding=True)",
        python(&ask.method),
        python(&ask.target())
    )
    .ok();
    for (name, value) in ask.field_lines() {
        // A string would be sent as Latin-1.
        let value = if value.is_ascii() { python(&value) } else { python_bytes(value.as_bytes()) };
        writeln!(program, "connection.putheader({}, {value})", python(&name)).ok();
    }
    match &ask.content {
        Some(content) => writeln!(program, "connection.endheaders({})", python_bytes(content)).ok(),
        None => writeln!(program, "connection.endheaders()").ok(),
    };
    program.push_str(
        "\nresponse = connection.getresponse()\n\
         print(response.version, response.status, response.reason)\n\
         for name, value in response.getheaders():\n    print(f\"{name}: {value}\")\n\
         print()\n\
         content = response.read()\n\
         print(content.decode(\"utf-8\", \"replace\"))\n\
         connection.close()\n",
    );
    program
}

/// A Python 3 program over a bare socket: it sends the request's very octets and prints the response's, until the server closes.
pub fn python_socket(ask: &Ask, through: GatewayAddress) -> String {
    let Some(origin) = Origin::of(&ask.url) else { return String::new() };
    let (host, port) = end(&origin, through);
    let mut program = String::from("import socket\n");
    if origin.secure {
        program.push_str("import ssl\n");
    }
    program.push('\n');
    program.push_str("request = (\n");
    for line in octets_of(ask).split_inclusive(|octet| *octet == b'\n') {
        writeln!(program, "    {}", python_bytes(line)).ok();
    }
    program.push_str(")\n\n");
    writeln!(program, "server = socket.create_connection(({}, {port}), timeout=10)", python(&host)).ok();
    if origin.secure {
        writeln!(program, "context = {}", context(through)).ok();
        writeln!(program, "server = context.wrap_socket(server, server_hostname={})", python(&origin.host)).ok();
    }
    program.push_str(
        "server.sendall(request)\n\
         while True:\n    octets = server.recv(65536)\n    if not octets:\n        break\n    \
         print(octets.decode(\"utf-8\", \"replace\"), end=\"\")\n\
         server.close()\n",
    );
    program
}

/// The request as HTTP/1.x octets. The connection is not kept: the program reads until the server closes.
fn octets_of(ask: &Ask) -> Vec<u8> {
    if let Some(raw) = &ask.raw {
        return raw.to_vec();
    }
    let mut closing = Ask { keep: false, ..ask.clone() };
    if closing.http == HttpChoice::Http2 {
        closing.http = HttpChoice::Http11;
    }
    let version = closing.http.version().map_or("HTTP/1.1", crate::proto::http::message::Version::text);
    let mut octets = format!("{} {} {version}\r\n", closing.method, closing.target()).into_bytes();
    for (name, value) in closing.field_lines() {
        octets.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    octets.extend_from_slice(b"\r\n");
    octets.extend_from_slice(closing.content.as_deref().unwrap_or_default());
    octets
}

/// Host and port to connect to.
fn end(origin: &Origin, through: GatewayAddress) -> (String, u16) {
    through.map_or_else(|| (origin.host.clone(), origin.port), |through| (through.ip().to_string(), through.port()))
}

fn host_of(ask: &Ask) -> String {
    let plain = Ask { fields: Vec::new(), ..ask.clone() };
    plain.field_lines().into_iter().find(|(name, _)| name == "Host").map(|(_, value)| value).unwrap_or_default()
}

fn context(through: GatewayAddress) -> &'static str {
    match through {
        // The lab's own authority, saved beside the program.
        Some(_) => "ssl.create_default_context(cafile=\"roundtrip-lab.pem\")",
        None => "ssl.create_default_context()",
    }
}

/// A connection whose TLS asks for another name than the address it goes to.
fn named_tls(host: &str, port: u16, name: &str) -> String {
    format!(
        "connection = http.client.HTTPConnection({}, {port})\n\
         connection.connect()\n\
         connection.sock = context.wrap_socket(connection.sock, server_hostname={})\n",
        python(host),
        python(name)
    )
}

/// A word of a POSIX shell.
pub fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// `printf` of any octets, for a POSIX shell.
fn printf(octets: &[u8]) -> String {
    let mut format = String::from("printf '");
    for octet in octets {
        match octet {
            b'\r' => format.push_str("\\r"),
            b'\n' => format.push_str("\\n"),
            b'%' => format.push_str("%%"),
            b'\\' => format.push_str("\\\\"),
            b'\'' => format.push_str("'\\''"),
            b' '..=b'~' => format.push(char::from(*octet)),
            _ => {
                write!(format, "\\{octet:03o}").ok();
            }
        }
    }
    format.push('\'');
    format
}

/// A Python string literal.
fn python(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            ' '..='~' => literal.push(c),
            c if u32::from(c) < 0x1_0000 => {
                write!(literal, "\\u{:04x}", u32::from(c)).ok();
            }
            c => {
                write!(literal, "\\U{:08x}", u32::from(c)).ok();
            }
        }
    }
    literal.push('"');
    literal
}

/// A Python bytes literal.
fn python_bytes(octets: &[u8]) -> String {
    let mut literal = String::from("b\"");
    for octet in octets {
        match octet {
            b'\r' => literal.push_str("\\r"),
            b'\n' => literal.push_str("\\n"),
            b'"' => literal.push_str("\\\""),
            b'\\' => literal.push_str("\\\\"),
            b' '..=b'~' => literal.push(char::from(*octet)),
            _ => {
                write!(literal, "\\x{octet:02x}").ok();
            }
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod what_is_taken_away {
    use std::{
        io::{Read as _, Write as _},
        net::{TcpListener, TcpStream},
        process::Command,
        thread,
    };

    use bytes::Bytes;
    use url::Url;

    use super::*;

    /// What a program sends to a server that answers once and closes.
    fn sent_by(program: impl FnOnce(SocketAddr) -> Command) -> (Vec<u8>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ip_port = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let heard = until_whole(&mut client);
            client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello").unwrap();
            heard
        });
        let output = program(ip_port).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (server.join().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Reads a request with its content.
    fn until_whole(client: &mut TcpStream) -> Vec<u8> {
        let mut heard = Vec::new();
        let mut octets = [0; 4096];
        loop {
            if let Some(end) = heard.windows(4).position(|four| four == b"\r\n\r\n") {
                let fields = String::from_utf8_lossy(&heard[..end]).to_ascii_lowercase();
                let length = fields.lines().find_map(|line| line.strip_prefix("content-length: "));
                let length: usize = length.map_or(0, |length| length.parse().unwrap());
                if heard.len() >= end + 4 + length {
                    return heard;
                }
            }
            let n = client.read(&mut octets).unwrap();
            assert!(n > 0, "the client hung up: {}", String::from_utf8_lossy(&heard));
            heard.extend_from_slice(&octets[..n]);
        }
    }

    fn ask() -> Ask {
        let mut ask = Ask::get(Url::parse("http://www.someschool.edu/search?q=it's+\"here\"&p=%41#part").unwrap());
        ask.method = "POST".to_owned();
        ask.keep = false;
        ask.content = Some(Bytes::from_static("name=\u{e9}'s \"$HOME\" `x` \\n % !\r\n".as_bytes()));
        ask.fields =
            vec![("X-Odd".to_owned(), "a'b\"c $d \\ % \u{fc}".to_owned()), ("Accept".to_owned(), String::new())];
        ask
    }

    /// Request line, field lines in any order (a program may have its own), content.
    fn parts(octets: &[u8]) -> (String, Vec<String>, Vec<u8>) {
        let end = octets.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(octets[..end].to_vec()).unwrap();
        let mut lines = head.split("\r\n").map(str::to_owned);
        let first = lines.next().unwrap();
        let mut lines: Vec<_> = lines.collect();
        lines.sort();
        (first, lines, octets[end + 4..].to_vec())
    }

    fn has(program: &str) -> bool {
        Command::new(program).arg("--version").output().is_ok()
    }

    #[test]
    fn as_a_curl_command_sends_the_same() {
        if !has("curl") {
            return;
        }
        let (heard, shown) = sent_by(|ip_port| {
            let mut sh = Command::new("sh");
            sh.arg("-c").arg(curl(&ask(), Some(ip_port)));
            sh
        });
        assert_eq!(parts(&heard), parts(&octets_of(&ask())));
        assert!(shown.ends_with("hello"), "{shown}");
    }

    #[test]
    fn as_a_python_program_sends_the_same() {
        if !has("python3") {
            return;
        }
        for write in [python_http, python_socket] {
            let (heard, shown) = sent_by(|ip_port| {
                let mut python = Command::new("python3");
                python.arg("-c").arg(write(&ask(), Some(ip_port)));
                python
            });
            assert_eq!(parts(&heard), parts(&octets_of(&ask())));
            assert!(shown.trim_end().ends_with("hello"), "{shown}");
        }
    }

    #[test]
    fn raw_is_sent_octet_for_octet() {
        let mut ask = ask();
        ask.raw = Some(Bytes::from_static(b"GET /%41 HTTP/1.1\r\nhost:\tx\r\nX: '\"\\\xff\x00\r\n\r\n"));
        let raw = ask.raw.clone().unwrap();
        if has("python3") {
            let (heard, _) = sent_by(|ip_port| {
                let mut python = Command::new("python3");
                python.arg("-c").arg(python_socket(&ask, Some(ip_port)));
                python
            });
            assert_eq!(heard, raw);
        }
        if has("bash") {
            let (heard, _) = sent_by(|ip_port| {
                let mut sh = Command::new("bash");
                sh.arg("-c").arg(curl(&ask, Some(ip_port)));
                sh
            });
            assert_eq!(heard, raw);
        }
    }

    #[test]
    fn for_the_internet_names_the_host_itself() {
        let ask = Ask::get(Url::parse("https://example.com/").unwrap());
        assert!(curl(&ask, None).ends_with("https://example.com/"));
        assert!(python_http(&ask, None).contains("HTTPSConnection(\"example.com\", 443, context=context)"));
        assert!(python_socket(&ask, None).contains("server_hostname=\"example.com\""));
    }
}
