//! How a site buys what another site knows of a customer: one request from server to server, which no browser sees.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::{Bytes, BytesMut};
use serde::Deserialize;

use crate::{
    lab::application_file::SellerFile,
    net::{ConnectTarget, DriveError, Driver, NetError, Network, Patience, Timeouts},
    proto::http::{
        client::{ClientError, ClientEvent, ClientSession},
        message::{Fields, Request, Version},
    },
    wire::FlowHandle,
};

/// Who a customer of a site is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) email: String,
}

/// Why nothing was bought.
#[derive(Debug, thiserror::Error)]
pub(super) enum PurchaseError {
    #[error("the seller could not be asked")]
    Net(#[from] NetError),
    #[error("the seller's answer cannot be read")]
    Answer(#[source] ClientError),
    #[error("the seller answered {status}")]
    Status { status: u16 },
    #[error("the seller's answer is no customer's row")]
    NoRow(#[from] serde_json::Error),
    #[error("the seller ended the connection before its answer was whole")]
    CutShort,
}

/// Buys the row of a customer. What is said is recorded below `flow`.
pub(super) async fn buy(
    network: &Network,
    seller: &SellerFile,
    customer: i64,
    flow: &FlowHandle,
) -> Result<Identity, PurchaseError> {
    let to = ConnectTarget { host: seller.site.clone(), port: 80, tls: None };
    let connection = network.connect(&to, &PATIENCE, flow).await?;
    let mut session = ClientSession::new().with_max_content(MAX_ROW);
    session.request(request(seller, customer));
    let mut driver = Driver::new(session, connection, network.clock().clone(), Patience::from(&PATIENCE));
    let (mut status, mut content) = (0, BytesMut::new());
    loop {
        match driver.next_event().await {
            Ok(Some(ClientEvent::Head { head, .. })) => status = head.status,
            Ok(Some(ClientEvent::Content { bytes, .. })) => content.extend_from_slice(&bytes),
            Ok(Some(ClientEvent::Complete { .. })) => break,
            Ok(Some(ClientEvent::Sent { .. } | ClientEvent::Informational { .. })) => {}
            Ok(None) => return Err(PurchaseError::CutShort),
            Err(DriveError::Net(error)) => return Err(error.into()),
            Err(DriveError::Protocol(error)) => return Err(PurchaseError::Answer(error)),
        }
    }
    driver.finish().await.ok();
    if status == 200 { Ok(serde_json::from_slice(&content)?) } else { Err(PurchaseError::Status { status }) }
}

fn request(seller: &SellerFile, customer: i64) -> Request {
    let credentials = BASE64.encode(format!("{}:{}", seller.user, seller.password));
    let mut fields = Fields::default();
    fields.push("Host", seller.site.clone());
    fields.push("Authorization", format!("Basic {credentials}"));
    fields.push("Accept", "application/json");
    fields.push("Connection", "close");
    Request {
        method: "GET".to_owned(),
        target: format!("/partners/customers/{customer}"),
        version: Version::Http11,
        fields,
        content: Bytes::new(),
        raw: None,
    }
}

/// Octets of a row.
const MAX_ROW: u64 = 16 * 1024;

/// A browser waits for its image meanwhile.
const PATIENCE: Timeouts = {
    let limit = Duration::from_secs(5);
    Timeouts { connect: limit, tls: limit, first_octet: limit, idle: limit, total: Duration::from_secs(20) }
};
