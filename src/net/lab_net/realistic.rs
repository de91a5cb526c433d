//! TCP as today's hosts speak it.

use super::{
    Nanos,
    fabric::{Ack, Fabric, Packet},
    tcp::Connection,
};
use crate::wire::Side;

#[derive(Debug, Default)]
pub(super) struct Sender {}

impl Connection {
    pub(super) fn pump_realistic(&mut self, _fabric: &mut Fabric, _from: Side, _now: Nanos) -> Option<()> {
        None
    }
    pub(super) fn acknowledge(&mut self, _fabric: &mut Fabric, _to: Side, _packet: &Packet, _now: Nanos) {}
    pub(super) fn ack_came(&mut self, _fabric: &mut Fabric, _to: Side, _ack: Ack, _now: Nanos) {}
    pub(super) fn start_timer(&mut self, _fabric: &mut Fabric, _end: Side, _now: Nanos) {}
    pub(super) fn handshake_done(&mut self, _fabric: &mut Fabric, _end: Side, _now: Nanos) {}
    pub(super) fn timer_fired(&mut self, _fabric: &mut Fabric, _end: Side, _now: Nanos) {}
}
