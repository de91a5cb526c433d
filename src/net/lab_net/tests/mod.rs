//! Known answers of the network, in virtual time unless said otherwise.

mod datagrams;
mod host_tcp;
mod life;
mod real_time;
mod speed;
mod textbook;

use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, SystemTime},
};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::{
    net::run_virtual,
    wire::{End, Ends, FlowKind, Recorder},
};

const SERVER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 1, 0, 1));
const WEB: SocketAddr = SocketAddr::new(SERVER, 80);
const RTT: Duration = Duration::from_millis(100);
const REQUEST: usize = 100;

/// One server at the core.
fn topology() -> Topology {
    let server = HostSpec { names: vec!["www.someschool.edu".into()], ip: SERVER, links: vec![] };
    Topology { links: vec![], hosts: vec![server] }
}

fn path(rate: Option<u64>) -> Path {
    Path { rtt: RTT, rate: Rate(rate), ..Path::default() }
}

/// Runs `work` on a network of [`topology`].
fn on_network<Fut: Future>(path: &Path, work: impl FnOnce(LabNet) -> Fut) -> Fut::Output {
    on(&topology(), path, work)
}

fn on<Fut: Future>(topology: &Topology, path: &Path, work: impl FnOnce(LabNet) -> Fut) -> Fut::Output {
    run_virtual(SystemTime::UNIX_EPOCH, |clock| work(LabNet::new(clock, topology, path))).expect("the run stalled")
}

fn new_flow() -> FlowHandle {
    let end = |name: &str| End { name: name.to_owned(), ip_port: None };
    let ends = Ends { client: end("you"), server: end("www.someschool.edu") };
    Recorder::default().open(None, FlowKind::Connection, "test".into(), ends, Duration::ZERO)
}

/// Answers every connection's first [`REQUEST`] octets with `octets`, then closes.
fn serve(net: &LabNet, at: SocketAddr, octets: usize) {
    let mut listener = net.listen(at).unwrap();
    let response: Arc<[u8]> = pattern(octets).into();
    tokio::spawn(async move {
        loop {
            let mut socket = listener.accept().await;
            let response = Arc::clone(&response);
            tokio::spawn(async move {
                let mut request = [0; REQUEST];
                socket.read_exact(&mut request).await.unwrap();
                socket.write_all(&response).await.unwrap();
                socket.shutdown().await.unwrap();
            });
        }
    });
}

/// Octets of which each says where it is.
fn pattern(octets: usize) -> Vec<u8> {
    (0..octets).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect()
}

/// One object over a fresh connection: what came.
async fn fetch(net: &LabNet, flow: &FlowHandle) -> Vec<u8> {
    let mut socket = net.connect(WEB, flow).await.unwrap();
    socket.write_all(&[7; REQUEST]).await.unwrap();
    let mut got = Vec::new();
    socket.read_to_end(&mut got).await.unwrap();
    got
}

/// How long `octets` take at `rate`, to the nanosecond.
fn transmission(octets: u64, rate: u64) -> Duration {
    Duration::from_nanos((octets * 8 * 1_000_000_000 + rate / 2) / rate)
}

fn close_to(one: Duration, other: Duration, tolerance: Duration) -> bool {
    one.abs_diff(other) <= tolerance
}
