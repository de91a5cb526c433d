//! The path: presets, and a slider for everything that makes a way into the lab near or far, wide or narrow, clean or lossy.

use std::time::Duration;

use egui::{Label, Layout, RichText, ScrollArea, Ui};

use super::{
    dials,
    widgets::{self, Quantity},
};
use crate::{
    lab::{HostStatus, LabFiles},
    net::{MAX_JITTER, MAX_LOSS, MAX_RTT, Path, Preset, RATES, Rate, TcpModel},
    wire::units,
};

/// The popup's content; `lab` says how far the hosts are from the path's end.
pub(super) fn path_ui(ui: &mut Ui, path: &mut Path, lab: &LabFiles) {
    presets_ui(ui, path);
    rtt_row(ui, path);
    hosts_rows(ui, path.rtt, lab);
    rate_row(ui, path);
    loss_row(ui, path);
    jitter_row(ui, path);
    ui.add_space(8.0);
    tcp_row(ui, path);
    ui.add_space(4.0);
    seed_row(ui, path);
}

fn presets_ui(ui: &mut Ui, path: &mut Path) {
    widgets::muted(ui, "Presets");
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
        for preset in Preset::ALL {
            let changed = preset.on(path);
            let says = format!("RTT {}, rate {}", units::brief_time(preset.rtt), preset.rate);
            if widgets::chip(ui, preset.name, changed == *path).on_hover_text(says).clicked() {
                *path = changed;
            }
        }
    });
    ui.add_space(8.0);
}

/// Round-trip time.
pub(super) fn rtt_row(ui: &mut Ui, path: &mut Path) {
    let mut secs = path.rtt.as_secs_f64();
    let meaning = "Round-trip time: to the server and back, without any transmission time.";
    let quantity = Quantity::seconds(meaning, MAX_RTT);
    let response = widgets::slider_row(ui, "RTT", &mut secs, &quantity);
    if response.changed() {
        path.rtt = from_secs(secs);
    }
}

/// What of the round-trip time to each host is the path's, and what the host's own.
fn hosts_rows(ui: &mut Ui, path: Duration, lab: &LabFiles) {
    widgets::muted(ui, "RTT to a host = the path's + the host's own").on_hover_text(HOSTS_MEANING);
    let hosts = lab.hosts();
    let speaks_dns = |host: &&HostStatus| host.services.iter().any(|service| service.speaks == "dns");
    ScrollArea::vertical().id_salt("rtt-of-hosts").max_height(HOSTS_HEIGHT).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        // Name servers are asked by others, not by the student's host.
        for host in hosts.iter().filter(|host| host.up && !speaks_dns(host)) {
            let words = distance_words(path, host);
            ui.add(Label::new(RichText::new(&words).small()).truncate()).on_hover_text(&words);
        }
    });
    ui.add_space(6.0);
}

/// `100 ms = 90 ms path + 10 ms www.someschool.edu`.
fn distance_words(path: Duration, host: &HostStatus) -> String {
    let name = host.names.first().map_or("", String::as_str);
    let brief = units::brief_time;
    let by = if host.links.is_empty() { String::new() } else { format!(" ({})", host.links.join(", ")) };
    format!("{} = {} path + {} {name}{by}", brief(path.saturating_add(host.rtt)), brief(path), brief(host.rtt))
}

/// Rate of the access link.
pub(super) fn rate_row(ui: &mut Ui, path: &mut Path) {
    let mut bits = path.rate.0.map_or(f64::INFINITY, |bits| bits as f64);
    let quantity = Quantity {
        meaning: "Rate of the access link, R. Unlimited: transmission takes no time.",
        range: *RATES.start() as f64..=f64::INFINITY,
        largest_finite: 10e9,
        logarithmic: true,
        smallest: *RATES.start() as f64,
        whole: false,
        write: &dials::bits_per_sec,
        read: &dials::read_bits_per_sec,
    };
    let response = widgets::slider_row(ui, "Rate", &mut bits, &quantity);
    if response.changed() {
        path.rate = Rate(bits.is_finite().then(|| dials::whole(bits).min(*RATES.end())));
    }
}

fn loss_row(ui: &mut Ui, path: &mut Path) {
    let quantity = Quantity {
        meaning: "Probability that a packet is lost on the access link. Lost segments are sent again: loss shows as delay.",
        range: 0.0..=MAX_LOSS,
        largest_finite: MAX_LOSS,
        logarithmic: true,
        smallest: 0.000_1,
        whole: false,
        write: &units::share,
        read: &dials::read_share,
    };
    widgets::slider_row(ui, "Loss", &mut path.loss, &quantity);
}

fn jitter_row(ui: &mut Ui, path: &mut Path) {
    let mut secs = path.jitter.as_secs_f64();
    let meaning = "Greatest extra one-way delay, drawn for each packet from the seed.";
    let quantity = Quantity::seconds(meaning, MAX_JITTER);
    let response = widgets::slider_row(ui, "Jitter", &mut secs, &quantity);
    if response.changed() {
        path.jitter = from_secs(secs);
    }
}

/// The model of TCP.
pub(super) fn tcp_row(ui: &mut Ui, path: &mut Path) {
    ui.horizontal(|ui| {
        ui.label("TCP").on_hover_text(TCP_MEANING);
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            let choices =
                [(TcpModel::Textbook, "textbook"), (TcpModel::Realistic, "realistic"), (TcpModel::Modern, "modern")];
            widgets::segmented(ui, "TCP model", &mut path.tcp, &choices).on_hover_text(TCP_MEANING);
        });
    });
}

fn seed_row(ui: &mut Ui, path: &mut Path) {
    let mut seed = path.seed as f64;
    let meaning = "The same seed gives the same losses and delays again.";
    let quantity = Quantity::count(meaning, 0.0..=MAX_SEED);
    if widgets::typed_row(ui, "Seed", &mut seed, &quantity).changed() {
        path.seed = dials::whole(seed);
    }
}

fn from_secs(secs: f64) -> Duration {
    let nanos = Duration::try_from_secs_f64(secs.max(0.0)).unwrap_or_default().as_nanos();
    // Whole hundreds of nanoseconds: 0.1 s is 100 ms exactly, whatever the slider's arithmetic says.
    Duration::from_nanos(u64::try_from((nanos + 50) / 100 * 100).unwrap_or(u64::MAX))
}

/// Room for a few hosts; the others are scrolled to.
const HOSTS_HEIGHT: f32 = 84.0;
const HOSTS_MEANING: &str =
    "The path leads to the core of the lab. A host behind links of its own is farther away by their round-trip time.";
const TCP_MEANING: &str = "textbook: no header octets, no slow start, so the lecture's formulas hold exactly. realistic: 40 octets of header \
                           a segment, slow start from 10 segments (RFC 6928), retransmission: Reno. modern: the same with CUBIC and \
                           timestamps, as today's systems have it.";

/// Whole numbers up to here are exact in a control: 2⁵³.
const MAX_SEED: f64 = 9_007_199_254_740_992.0;

#[cfg(test)]
mod a_path {
    use std::time::Duration;

    use egui_kittest::{Harness, kittest::Queryable as _};

    use super::{distance_words, from_secs, path_ui};
    use crate::{
        app::theme,
        lab::LabFiles,
        net::{Path, Rate, TcpModel},
    };

    fn harness() -> Harness<'static, Path> {
        let paint = |ui: &mut egui::Ui, path: &mut Path| {
            path_ui(ui, path, &LabFiles::embedded());
        };
        Harness::builder()
            .with_size([300.0, 520.0])
            .with_context_setup(theme::install)
            .build_ui_state(paint, Path::default())
    }

    #[test]
    fn is_set_by_a_click_on_a_preset() {
        let mut harness = harness();
        harness.get_by_label("Satellite").click();
        harness.run();
        assert_eq!(harness.state().rtt, Duration::from_millis(600));
        assert_eq!(harness.state().rate, Rate(Some(20_000_000)));
    }

    #[test]
    fn shows_every_quantity_with_its_unit() {
        let harness = harness();
        for value in ["100 ms", "10 Mb/s", "0 %", "0 s"] {
            harness.get_by_value(value);
        }
    }

    #[test]
    fn says_what_of_a_hosts_distance_is_its_own() {
        let mut harness = harness();
        harness.get_by_label("100 ms = 100 ms path + 0 s www.someschool.edu");
        let far = LabFiles::embedded().hosts().into_iter().find(|host| !host.rtt.is_zero() && host.up).unwrap();
        let words = distance_words(Duration::from_millis(90), &far);
        let whole = crate::wire::units::brief_time(far.rtt + Duration::from_millis(90));
        assert!(words.starts_with(&format!("{whole} = 90 ms path + ")) && words.contains(&far.links[0]), "{words}");
        harness.get_by_label("Campus").click();
        harness.run();
        harness.get_by_label("2 ms = 2 ms path + 0 s www.someschool.edu");
    }

    #[test]
    fn takes_a_tcp_model_by_click() {
        let mut harness = harness();
        for (label, tcp) in [("TCP model: realistic", TcpModel::Realistic), ("TCP model: modern", TcpModel::Modern)] {
            harness.get_by_label(label).click();
            harness.run();
            assert_eq!(harness.state().tcp, tcp);
        }
    }

    #[test]
    fn of_a_tenth_of_a_second_is_exact() {
        assert_eq!(from_secs(0.1), Duration::from_millis(100));
        assert_eq!(from_secs(f64::NAN), Duration::ZERO);
    }
}
