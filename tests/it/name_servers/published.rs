//! The lab as `roundtrip lab` publishes it: a process of its own, its name servers on loopback ports.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpStream, UdpSocket},
    process::{Child, Command, Stdio},
    time::Duration,
};

use roundtrip::{
    lab::{HostStatus, LabFiles},
    proto::dns::Message,
};

/// A published lab; it ends with this.
pub(super) struct Published {
    shell: Child,
    name_servers: BTreeMap<String, SocketAddr>,
}

impl Published {
    /// The built-in lab on free ports, its servers a short way off.
    pub(super) fn start() -> Self {
        Self::start_with(Command::new("sh"), &LabFiles::embedded().hosts(), &[])
    }

    /// The same with what else `args` say, started by this shell; `hosts` are those it will publish.
    pub(super) fn start_with(mut shell: Command, hosts: &[HostStatus], args: &[&str]) -> Self {
        // It ends when its input does: with this process at the latest, however that ends.
        let script = r#""$@" </dev/null & cat >/dev/null; kill $! 2>/dev/null; wait"#;
        shell.args(["-c", script, "sh", env!("CARGO_BIN_EXE_roundtrip"), "lab", "--json", "--rtt", "2ms"]).args(args);
        let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell");
        // A line for each service, and one for the port all hosts share.
        let services = 1 + hosts.iter().map(|host| host.services.len()).sum::<usize>();
        let lines = BufReader::new(shell.stdout.take().expect("its output")).lines().take(services);
        let services = lines.map(|line| serde_json::from_str::<serde_json::Value>(&line.unwrap()).unwrap());
        let name_server = |service: serde_json::Value| {
            let ip_port = service["ip_port"].as_str()?.parse().ok()?;
            (service["service"] == "dns").then(|| (service["host"].as_str().unwrap_or_default().to_owned(), ip_port))
        };
        let name_servers: BTreeMap<_, _> = services.filter_map(name_server).collect();
        assert!(name_servers.len() > 1, "the lab published {name_servers:?}");
        Self { shell, name_servers }
    }

    /// Where a name server is published.
    pub(super) fn at(&self, host: &str) -> SocketAddr {
        *self.name_servers.get(host).unwrap_or_else(|| panic!("no name server {host}: {:?}", self.name_servers))
    }

    /// Every name server: its name and where it is published.
    pub(super) fn name_servers(&self) -> impl Iterator<Item = (&str, SocketAddr)> {
        self.name_servers.iter().map(|(host, ip_port)| (host.as_str(), *ip_port))
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        self.shell.wait().ok();
    }
}

/// The lab's hosts by address.
pub(super) fn ip_of(hosts: &[HostStatus], name: &str) -> IpAddr {
    let is_it = |host: &&HostStatus| host.names.iter().any(|known| known == name);
    hosts.iter().find(is_it).unwrap_or_else(|| panic!("no host {name}")).ip
}

/// What is answered to a datagram; asked again where none comes, as a stub does.
pub(super) fn over_udp(server: SocketAddr, query: &Message) -> Message {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let octets = query.to_vec().unwrap();
    let mut space = vec![0; 65_535];
    for _ in 0..ATTEMPTS {
        socket.send(&octets).unwrap();
        let Ok(received) = socket.recv(&mut space) else { continue };
        return Message::from_vec(&space[..received]).unwrap();
    }
    panic!("{server} does not answer {query:?}");
}

/// What is answered on a connection.
pub(super) fn over_tcp(server: SocketAddr, query: &Message) -> Message {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let octets = query.to_vec().unwrap();
    let length = u16::try_from(octets.len()).unwrap().to_be_bytes();
    stream.write_all(&[&length, octets.as_slice()].concat()).unwrap();
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer).unwrap();
    Message::from_vec(&answer).unwrap()
}

/// As long as dig's own, where it is told nothing else.
const PATIENCE: Duration = Duration::from_secs(10);
const ATTEMPTS: usize = 3;
