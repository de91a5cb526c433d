//! How fast virtual time goes. Not run by default; with optimisation:
//! `cargo test --release --no-default-features --lib lab_net::tests::speed -- --ignored --nocapture`.

use super::*;

/// Transfers `octets` over each of `flows` parallel connections and says what a segment cost.
fn measure(name: &str, path: &Path, flows: usize, octets: usize) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "what is measured here is the machine")]
    let begun = std::time::Instant::now();
    let simulated = on_network(path, async |net: LabNet| {
        let mut listener = net.listen(WEB).unwrap();
        tokio::spawn(async move {
            let block: &[u8] = &[1; 16 * 1024];
            loop {
                let mut socket = listener.accept().await;
                tokio::spawn(async move {
                    socket.read_exact(&mut [0; REQUEST]).await.unwrap();
                    let mut rest = octets;
                    while rest > 0 {
                        let part = rest.min(block.len());
                        socket.write_all(&block[..part]).await.unwrap();
                        rest -= part;
                    }
                });
            }
        });
        let transfers: Vec<_> = (0..flows)
            .map(|_| {
                let net = net.clone();
                tokio::spawn(async move {
                    let mut socket = net.connect(WEB, &new_flow()).await.unwrap();
                    socket.write_all(&[7; REQUEST]).await.unwrap();
                    let (mut buffer, mut got) = (vec![0; 64 * 1024], 0);
                    loop {
                        match socket.read(&mut buffer).await.unwrap() {
                            0 => break,
                            n => got += n,
                        }
                    }
                    assert_eq!(got, octets);
                })
            })
            .collect();
        for transfer in transfers {
            transfer.await.unwrap();
        }
        net.clock().now()
    });
    let took = begun.elapsed();
    let segments = u32::try_from(flows * octets.div_ceil(1_460)).unwrap();
    let each = took / segments;
    println!(
        "{name}: {segments} segments in {took:?}, {each:?} each; {:.0} virtual seconds a wall second",
        simulated.as_secs_f64() / took.as_secs_f64()
    );
    each
}

#[test]
#[ignore = "a measurement"]
fn a_segment_costs_about_a_microsecond() {
    let textbook = path(Some(10_000_000));
    let realistic = Path { tcp: TcpModel::Realistic, ..textbook.clone() };
    for (name, path) in [("textbook", &textbook), ("realistic", &realistic)] {
        measure(&format!("{name}, 1 flow"), path, 1, 50_000_000);
        measure(&format!("{name}, 10 flows"), path, 10, 5_000_000);
        measure(&format!("{name}, 500 short ones"), path, 500, 5_000);
    }
    let lossy = Path { loss: 0.01, ..realistic.clone() };
    measure("realistic, 1 % loss", &lossy, 10, 5_000_000);
    measure("textbook, unlimited rate", &path(None), 1, 50_000_000);
    assert!(measure("textbook, again", &textbook, 5, 10_000_000) < Duration::from_micros(20));
}
