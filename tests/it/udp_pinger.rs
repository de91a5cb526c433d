//! The textbook's UDP pinger (Kurose and Ross, §2.7, programming assignment 2) as a student writes it, in Python over the standard
//! library's sockets, against the lab's echo server on its fixed port, through a path that loses packets.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use crate::support::world::World;

const PYTHON: (&str, &str) = ("python3", "python3");

/// `roundtrip lab` on its fixed ports, where nobody else has them; it ends with this.
struct Lab {
    shell: Child,
    world: World,
}

impl Lab {
    /// `None`, said aloud, where Python or a network of its own cannot be had.
    fn start(args: &[&str]) -> Option<Self> {
        let world = World::open(&[PYTHON])?;
        // It ends when its input does: with this process at the latest, however that ends.
        let script = r#""$@" </dev/null & cat >/dev/null; kill $! 2>/dev/null; wait"#;
        let mut shell = world.command("sh");
        shell.args(["-c", script, "sh", env!("CARGO_BIN_EXE_roundtrip"), "lab", "--json"]).args(args);
        let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell");
        let mut lines = BufReader::new(shell.stdout.take().expect("its output")).lines();
        let echo = lines.find_map(|line| {
            let service: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
            (service["host"] == "echo.lab").then_some(service)
        });
        let echo = echo.expect("the echo is published");
        assert_eq!((echo["connections"].as_bool(), echo["datagrams"].as_bool()), (Some(true), Some(true)));
        Some(Self { shell, world })
    }

    /// What a Python program prints, line by line.
    fn python(&self, program: &str) -> Vec<String> {
        let output = self.world.output("python3", &["-c", program]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        self.shell.wait().ok();
    }
}

const PINGER: &str = r#"
import time
from socket import *

client = socket(AF_INET, SOCK_DGRAM)
client.settimeout(1)
for number in range(1, 11):
    start = time.time()
    message = f"ping {number} {start}"
    client.sendto(message.encode(), ("127.0.0.1", 12000))
    try:
        reply, server = client.recvfrom(1024)
        rtt = time.time() - start
        assert reply.decode() == message.upper(), reply
        print(rtt)
    except timeout:
        print("Request timed out")
"#;

#[test]
fn ten_pings_have_the_paths_round_trip_time_or_are_lost() {
    let Some(lab) = Lab::start(&["--ports", "fixed", "--loss", "30%", "--rtt", "100ms"]) else { return };
    let lines = lab.python(PINGER);
    assert_eq!(lines.len(), 10, "{lines:?}");
    let lost = lines.iter().filter(|line| *line == "Request timed out").count();
    let mut times: Vec<f64> = lines.iter().filter_map(|line| line.parse().ok()).collect();
    assert_eq!(lost + times.len(), 10, "{lines:?}");
    // A ping is answered when both its ways succeed: 0.7² of them are. Fewer than one in a hundred runs would have none or all lost.
    assert!((1..=9).contains(&lost), "{lines:?}");
    times.sort_by(f64::total_cmp);
    assert!(times[0] >= 0.1, "no sooner than the path allows: {times:?}");
    assert!(times[0] < 0.15, "and not much later: {times:?}");
}

const MANY_PINGS: &str = r#"
import time
from socket import *

client = socket(AF_INET, SOCK_DGRAM)
client.settimeout(2)
for number in range(400):
    client.sendto(f"ping {number}".encode(), ("127.0.0.1", 12000))
    time.sleep(0.001)
answered = set()
try:
    while True:
        reply, server = client.recvfrom(1024)
        answered.add(reply.decode())
except timeout:
    pass
print(len(answered))
"#;

#[test]
fn of_many_pings_as_many_are_lost_as_the_path_says() {
    let Some(lab) = Lab::start(&["--ports", "fixed", "--loss", "30%", "--rtt", "20ms"]) else { return };
    let lines = lab.python(MANY_PINGS);
    let answered: f64 = lines[0].parse().unwrap();
    // 0.49 of 400 with a standard deviation of 10.
    assert!((156.0..=236.0).contains(&answered), "{answered} of 400 answered");
}

const TCP_CLIENT: &str = r#"
from socket import *

client = socket(AF_INET, SOCK_STREAM)
client.connect(("127.0.0.1", 12000))
for sentence in ["input lowercase sentence:", "and another"]:
    client.send(sentence.encode())
    print("From server:", client.recv(1024).decode())
client.close()
"#;

#[test]
fn the_textbooks_tcp_client_gets_its_sentences_back_too() {
    let Some(lab) = Lab::start(&["--ports", "fixed", "--rtt", "20ms"]) else { return };
    let expected = ["From server: INPUT LOWERCASE SENTENCE:", "From server: AND ANOTHER"];
    assert_eq!(lab.python(TCP_CLIENT), expected);
}

#[test]
fn a_certain_port_can_be_asked_for_on_the_command_line() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    let publish = |wish: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roundtrip"));
        command.args(["lab", "--publish", wish]).stdin(Stdio::null());
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    // The port is taken: by this test.
    let (status, said) = publish(&format!("echo.lab:12000={port}"));
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains(&format!("port {port} on 127.0.0.1, where echo.lab echo belongs, is taken")), "{said}");
    let (status, said) = publish("echo.lab:7=5000");
    assert!(status == Some(2) && said.contains("no server there"), "{said}");
    for wish in ["echo.lab=5000", "echo.lab:12000", "echo.lab:12000=0", "echo.lab:x=1"] {
        assert_eq!(publish(wish).0, Some(2), "{wish}");
    }
    let Some(lab) = Lab::start(&["--rtt", "20ms", "--publish", "echo.lab:12000=5007"]) else { return };
    let client = TCP_CLIENT.replace("12000", "5007");
    assert_eq!(lab.python(&client).len(), 2);
}
