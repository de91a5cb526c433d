//! A certificate is judged, and the judgement explained.

use tokio::io::AsyncReadExt as _;

use super::*;
use crate::{
    net::{CertificateProblem, NetError},
    wire::{Blame, FlowState},
};

/// Whom the client trusts.
enum TrustedIssuer {
    /// Who issued the server's certificate.
    Issuer,
    /// Somebody with the same name and another key.
    Namesake,
    /// Somebody else.
    Stranger,
}

/// Connects to a server with a certificate for `name`; the client asks for `localhost`.
async fn attempt(
    name: &str,
    years: std::ops::Range<i32>,
    trusted: TrustedIssuer,
    wish: TlsOptions,
) -> (Result<(), NetError>, Flow) {
    let authority = TestAuthority::new();
    let root = match trusted {
        TrustedIssuer::Issuer => authority.certificate(),
        TrustedIssuer::Namesake => TestAuthority::new().certificate(),
        TrustedIssuer::Stranger => TestAuthority::named("Another Authority").certificate(),
    };
    let config = authority.server(name, years, &[]);
    let (ip_port, server) = peer(move |stream| {
        let mut tls = tls_over(stream, config);
        // The handshake fails where the client refuses; what the server makes of that is not asked here.
        tls.write_all(b"secret of the house").ok();
        tls.conn.send_close_notify();
        tls.flush().ok();
    });
    let recorder = Recorder::default();
    let run = run(&recorder);
    let to = sealed("localhost", ip_port, wish);
    let outcome = match internet().trusting(root).connect(&to, &Timeouts::default(), &run).await {
        Ok(mut io) => {
            let mut received = String::new();
            io.read_to_string(&mut received).await.unwrap();
            assert_eq!(received, "secret of the house");
            Ok(())
        }
        Err(error) => Err(error),
    };
    server.join().unwrap();
    let ledger = recorder.into_ledger();
    (outcome, connection(&ledger).clone())
}

fn problem(outcome: Result<(), NetError>) -> CertificateProblem {
    match outcome {
        Err(NetError::Certificate { host, problem }) => {
            assert_eq!(host, "localhost");
            problem
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_good_one_is_accepted() {
    let (outcome, flow) = attempt("localhost", 2020..2999, TrustedIssuer::Issuer, TlsOptions::default()).await;
    outcome.unwrap();
    assert_eq!(flow.state, FlowState::Closed);
}

#[tokio::test]
async fn an_expired_one_is_not() {
    let (outcome, flow) = attempt("localhost", 2001..2002, TrustedIssuer::Issuer, TlsOptions::default()).await;
    assert_eq!(problem(outcome), CertificateProblem::Expired { until: "2002-01-01".to_owned() });
    let FlowState::Failed(failure) = flow.state else { panic!("{:?}", flow.state) };
    assert_eq!(failure.summary, "the certificate of localhost is not accepted");
    assert_eq!(failure.causes, ["it was valid until 2002-01-01 and has expired"]);
    assert_eq!((failure.blame, failure.clause.as_deref()), (Blame::Peer, Some("RFC 5280 §4.1.2.5")));
}

#[tokio::test]
async fn one_of_the_future_is_not() {
    let (outcome, _) = attempt("localhost", 2990..2999, TrustedIssuer::Issuer, TlsOptions::default()).await;
    assert_eq!(problem(outcome), CertificateProblem::NotYetValid { from: "2990-01-01".to_owned() });
}

#[tokio::test]
async fn one_for_another_name_is_not() {
    let (outcome, _) = attempt("www.someschool.edu", 2020..2999, TrustedIssuer::Issuer, TlsOptions::default()).await;
    let problem = problem(outcome);
    assert_eq!(problem.to_string(), "it is for www.someschool.edu, not for localhost");
    assert_eq!(problem.clause(), "RFC 9525 §6");
}

#[tokio::test]
async fn one_from_a_stranger_is_not() {
    let (outcome, flow) = attempt("localhost", 2020..2999, TrustedIssuer::Stranger, TlsOptions::default()).await;
    assert_eq!(problem(outcome), CertificateProblem::UnknownIssuer { issuer: "Test Authority".to_owned() });
    assert!(notes(&flow).contains("issued by Test Authority"), "{}", notes(&flow));
}

#[tokio::test]
async fn a_forged_one_is_not() {
    let (outcome, _) = attempt("localhost", 2020..2999, TrustedIssuer::Namesake, TlsOptions::default()).await;
    assert_eq!(problem(outcome), CertificateProblem::Forged { issuer: "Test Authority".to_owned() });
}

#[tokio::test]
async fn any_is_accepted_when_asked_for_and_that_is_said() {
    let wish = TlsOptions { accept_any_certificate: true, ..TlsOptions::default() };
    let (outcome, flow) = attempt("somebody.else", 2001..2002, TrustedIssuer::Stranger, wish).await;
    outcome.unwrap();
    assert!(notes(&flow).contains("Any certificate was accepted, as asked for"), "{}", notes(&flow));
}
