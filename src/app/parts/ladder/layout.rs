//! From bursts to shapes: what stands where in the diagram.

use std::{cell::Cell, time::Duration};

use egui::{Align2, Pos2, Rangef, Rect, pos2, vec2};

use super::{
    super::{
        RecordIndex, Scene,
        extents::{Extent, VisitChoice, VisitItem},
        idle::{Fold, TimeAxis},
        index::{MessageContent, nanos},
        text,
    },
    labels::{Hit, LabelRoom, PlacedLabel, WantedLabel, point_on},
    lanes::{Ground, Hosts, Strip},
    picture::{Picture, PictureInk, PictureItem, along, label_rect},
    words::BurstView,
};
use crate::{
    app::{
        subject::RecordSelection,
        theme::{FetchPhase, size},
    },
    wire::{ConnectionStep, Layer, Side, units},
};

/// What a drawing is made from.
#[derive(Clone, Copy)]
pub(super) struct DrawingInput<'a> {
    pub scene: Scene<'a>,
    pub index: &'a RecordIndex,
    pub axis: &'a TimeAxis,
    pub hosts: &'a Hosts,
    pub ground: Ground,
    pub pick: Option<RecordSelection>,
    pub hovered: Option<u32>,
    /// Width of a character of a label.
    pub glyph: f32,
}

/// The diagram, being drawn.
pub(super) struct LadderDrawing<'a> {
    source: DrawingInput<'a>,
    pub picture: Picture,
    /// What can be pointed at.
    pub hits: Vec<Hit>,
    /// How many bursts stand too close to be told apart.
    pub crowded: u64,
    /// Some arrows are known at one end only.
    pub one_sided: bool,
    /// Labels where they stand.
    pub labels: Vec<PlacedLabel>,
    /// How many arrows have no label, not even one they share.
    pub unlabelled: usize,
    wanted: Vec<WantedLabel>,
    /// Where words stand already.
    taken: Vec<Rect>,
    brackets: f32,
}

impl<'a> LadderDrawing<'a> {
    pub(super) fn new(source: DrawingInput<'a>) -> Self {
        Self {
            source,
            picture: Picture::default(),
            hits: Vec::new(),
            crowded: 0,
            one_sided: false,
            labels: Vec::new(),
            unlabelled: 0,
            wanted: Vec::new(),
            taken: Vec::new(),
            brackets: f32::NEG_INFINITY,
        }
    }

    /// The hosts' lines and everything between them.
    pub(super) fn strip(&mut self, strip: &Strip) {
        let ground = self.source.ground;
        for lane in &strip.lanes {
            let (from, to) = (ground.offset, ground.place(ground.rect.max));
            self.picture.line(ground.point(from, lane.at), ground.point(to, lane.at), 1.5, PictureInk::Muted);
        }
        let mut bursts = Vec::new();
        for found in self.visible(strip) {
            match found {
                VisitItem::One(burst) => bursts.push(burst),
                VisitItem::Many(extent) => self.crowd(strip, extent),
            }
        }
        self.brackets = f32::NEG_INFINITY;
        let DrawingInput { scene, index, .. } = self.source;
        let mut views = bursts.into_iter().filter_map(|burst| BurstView::of(&scene, index, burst));
        let Some(mut train) = views.next() else { return };
        for view in views {
            if let Some(longer) = self.coupled(&train, &view) {
                train = longer;
            } else {
                self.burst(strip, &train);
                train = view;
            }
        }
        self.burst(strip, &train);
    }

    /// Segments of one message that follow each other so closely that no gap is seen are one band.
    fn coupled(&self, train: &BurstView<'a>, next: &BurstView<'a>) -> Option<BurstView<'a>> {
        let DrawingInput { axis, ground, .. } = self.source;
        let ends = train.last.transit.zip(next.first.transit);
        let (before, after) = ends.filter(|_| train.burst.message == next.burst.message)?;
        let along = |time: Duration| ground.along(axis.place(nanos(time)));
        let gap = |from: Duration, to: Duration| along(to) - along(from);
        let close = gap(before.last_out, after.first_out) < COUPLED && gap(before.last_in, after.first_in) < COUPLED;
        close.then(|| train.coupled(next))
    }

    /// Time along the edge, and the folds in it.
    pub(super) fn time(&mut self, strips: &[Strip]) {
        let ground = self.source.ground;
        let lanes = || strips.iter().flat_map(|strip| &strip.lanes);
        for fold in self.source.axis.folds() {
            let (from, to) = (ground.along(fold.place), ground.along(fold.place + fold.width));
            let across = ground.across();
            let corners = [(fold.place, across.min), (fold.place + fold.width, across.min)]
                .into_iter()
                .chain([(fold.place + fold.width, across.max), (fold.place, across.max)])
                .map(|(place, across)| ground.point(place, across));
            if to - from < 3.0 || to < 0.0 {
                continue;
            }
            self.picture.items.push(PictureItem::Area {
                corners: corners.collect(),
                ink: PictureInk::Ground,
                strength: 1.0,
            });
            for lane in lanes() {
                for place in [fold.place, fold.place + fold.width] {
                    let (point, slant) = (ground.point(place, lane.at), vec2(2.5, 5.0));
                    self.picture.line(point - slant, point + slant, 1.0, PictureInk::Muted);
                }
            }
            self.fold_words(fold, across);
        }
        self.ticks();
    }

    /// How long a folded stretch is, or what of it is not recorded, as far as there is room for it in the fold.
    fn fold_words(&mut self, fold: Fold, across: Rangef) {
        let DrawingInput { ground, glyph, index, .. } = self.source;
        let room = ground.along(fold.place + fold.width) - ground.along(fold.place);
        let time = units::brief_time(fold.idle_time());
        let choices = match index.unrecorded(fold.idle) {
            Some(words) => {
                let apart = words.split(' ').map(str::to_owned).collect();
                [vec![words], apart, vec!["…".to_owned()]]
            }
            None => [vec![format!("{time} idle")], vec![time, "idle".to_owned()], vec!["idle".to_owned()]],
        };
        let lines = if ground.upright {
            let [whole, ..] = choices;
            if room < size::MONO_SMALL { vec![] } else { whole }
        } else {
            let wide = |line: &String| line.chars().count() as f32 * glyph;
            choices.into_iter().find(|lines| lines.iter().all(|line| wide(line) < room)).unwrap_or_default()
        };
        let middle = ground.point(fold.place + fold.width / 2.0, f32::midpoint(across.min, across.max));
        let top = middle.y - (lines.len() as f32 - 1.0) * LINE / 2.0;
        for (number, line) in lines.into_iter().enumerate() {
            let at = pos2(middle.x, top + number as f32 * LINE);
            self.taken.push(label_rect(at, line.chars().count(), glyph));
            self.picture.words(at, Align2::CENTER_CENTER, line, PictureInk::Muted);
        }
    }

    /// Where words stand that labels must not cover.
    pub(super) fn taken(&self) -> &[Rect] {
        &self.taken
    }

    /// Puts labels where they cover neither each other, nor an arrow that is not theirs, nor what is `taken`.
    pub(super) fn place_labels(&mut self, taken: &[Rect]) {
        let DrawingInput { axis, ground, glyph, .. } = self.source;
        // Past the end of the record the playhead hides all.
        let end = ground.along(axis.length());
        let mut seen = ground.rect;
        let last = if ground.upright { &mut seen.max.y } else { &mut seen.max.x };
        *last = last.min(end);
        let taken = taken.iter().copied().chain(self.taken.drain(..)).collect();
        let mut room = LabelRoom::new(seen, ground.upright, glyph, &self.hits, taken);
        let (labels, without) = room.place(std::mem::take(&mut self.wanted));
        self.unlabelled += without;
        for label in &labels {
            if let Some([from, to]) = label.leader {
                self.picture.line(from, to, 0.75, PictureInk::Muted);
            }
        }
        self.picture.items.extend(labels.iter().map(|label| PictureItem::Label {
            rect: label.rect,
            text: label.text.clone(),
            ink: label.ink,
        }));
        self.labels = labels;
    }

    /// What is in view, coarse enough to be painted in time.
    fn visible(&self, strip: &Strip) -> Vec<VisitItem> {
        let mut coarse = NARROWEST;
        loop {
            let mut found = Vec::new();
            let opened = Cell::new(0_usize);
            let sight = |extent: Extent| self.sight(extent, coarse, &opened);
            match strip.slot {
                Some(slot) => self.source.index.visit_slot(slot, &sight, &mut |some| found.push(some)),
                None => self.source.index.visit(&sight, &mut |some| found.push(some)),
            }
            if opened.get() < MAX_OPENED || coarse > WIDEST {
                return found;
            }
            coarse *= 2.0;
        }
    }

    fn sight(&self, extent: Extent, coarse: f32, opened: &Cell<usize>) -> VisitChoice {
        let DrawingInput { axis, ground, .. } = self.source;
        let (from, to) = (ground.along(axis.place(extent.from)), ground.along(axis.place(extent.to)));
        let begin = if ground.upright { ground.rect.top() } else { ground.rect.left() };
        if extent.weight == 0 || to < begin - MARGIN || from > begin + ground.length() + MARGIN {
            return VisitChoice::Skip;
        }
        opened.set(opened.get() + 1);
        if opened.get() > MAX_OPENED && coarse <= WIDEST {
            return VisitChoice::Skip;
        }
        // One alone is no crowd.
        if to - from < coarse && extent.weight > 1 { VisitChoice::Crowd } else { VisitChoice::Open }
    }

    fn crowd(&mut self, strip: &Strip, extent: Extent) {
        let DrawingInput { axis, ground, .. } = self.source;
        let (from, to) = (axis.place(extent.from), axis.place(extent.to));
        let to = to.max(from + 1.0 / ground.scale);
        let (Some(first), Some(last)) = (strip.lanes.first(), strip.lanes.last()) else { return };
        let corners = [(from, first.at), (to, first.at), (to, last.at), (from, last.at)];
        let corners = corners.map(|(place, across)| ground.point(place, across)).to_vec();
        self.picture.items.push(PictureItem::Area {
            corners,
            ink: PictureInk::Phase(FetchPhase::Receive),
            strength: 0.28,
        });
        self.crowded += u64::from(extent.weight);
    }

    fn burst(&mut self, strip: &Strip, view: &BurstView<'_>) {
        if view.slot.is_sealed() && view.message.layer == Layer::Plain {
            return;
        }
        let [client, server] = self.source.hosts.of(view.message.slot).map(usize::from);
        let [client, server] = if strip.slot.is_some() { [0, 1] } else { [client, server] };
        let lanes = (strip.lanes.get(client), strip.lanes.get(server));
        let (Some(client), Some(server)) = (lanes.0.map(|lane| lane.at), lanes.1.map(|lane| lane.at)) else { return };
        let (from, to) = match view.message.from {
            Side::Client => (client, server),
            Side::Server => (server, client),
        };
        match (view.message.content, view.first.transit, view.last.transit) {
            (MessageContent::Step(ConnectionStep::TlsEstablished), ..) => self.mark(strip, view, client, server),
            (MessageContent::Step(ConnectionStep::Lost), ..) => self.lost(strip, view, from, to),
            (_, Some(first), Some(last)) => {
                let out = [nanos(first.first_out), nanos(last.last_out)];
                let back = [nanos(first.first_in), nanos(last.last_in)];
                self.band(strip, view, (from, out), (to, back));
            }
            (_, _, _) if view.network_tells() == Some(false) => self.one_sided(strip, view, client, server),
            (_, _, _) => self.under_way(strip, view, from, to),
        }
        if view.message.content == MessageContent::Step(ConnectionStep::Syn) {
            self.bracket(view, client);
        }
    }

    /// From one host to the other: a line, as thick as sending took.
    fn band(&mut self, strip: &Strip, view: &BurstView<'_>, (from, out): (f32, [u64; 2]), (to, back): (f32, [u64; 2])) {
        let DrawingInput { axis, ground, .. } = self.source;
        let at = |time: u64, across: f32| ground.point(axis.place(time), across);
        let corners = [at(out[0], from), at(out[1], from), at(back[1], to), at(back[0], to)];
        let ink = ink_of(view);
        let thick = (ground.along(axis.place(out[1])) - ground.along(axis.place(out[0]))).abs()
            + (ground.along(axis.place(back[1])) - ground.along(axis.place(back[0]))).abs();
        self.highlight(view, corners);
        if thick > 1.0 {
            self.picture.items.push(PictureItem::Area { corners: corners.to_vec(), ink, strength: BAND });
            self.picture.line(corners[1], corners[2], 0.75, ink);
        }
        self.picture.arrow(corners[0], corners[3], self.width(view), ink);
        let shares = if view.message.from == Side::Client { TOWARDS_SERVER } else { TOWARDS_CLIENT };
        let hit = Hit { burst: view.number, corners };
        self.label(strip, view, corners, shares.map(|share| point_on(&hit, share)).to_vec());
    }

    /// What is known of one end only: a stub at the client's line, open towards the other.
    fn one_sided(&mut self, strip: &Strip, view: &BurstView<'_>, client: f32, server: f32) {
        let DrawingInput { axis, ground, .. } = self.source;
        self.one_sided = true;
        let towards = (server - client).signum();
        let reach = ((server - client).abs() * 0.3).min(STUB);
        let (begin, end) = (axis.place(nanos(view.first.at)), axis.place(nanos(view.last.at)));
        // Time passes on the way, but how much is unknown: the stub leans by a fixed little.
        let lean = f64::from(reach) * 0.35 / ground.scale;
        let lean = if view.message.from == Side::Client { lean } else { -lean };
        let tip = client + towards * reach;
        let corners = [
            ground.point(begin, client),
            ground.point(end, client),
            ground.point(end + lean, tip),
            ground.point(begin + lean, tip),
        ];
        let ink = ink_of(view);
        self.highlight(view, corners);
        if (corners[1] - corners[0]).length() > 1.0 {
            self.picture.items.push(PictureItem::Area { corners: corners.to_vec(), ink, strength: BAND });
        }
        let further = corners[3] + (corners[3] - corners[0]) * 0.5;
        match view.message.from {
            Side::Client => self.picture.line(corners[0], corners[3], self.width(view), ink),
            Side::Server => self.picture.arrow(corners[3], corners[0], self.width(view), ink),
        }
        self.picture.items.push(PictureItem::Dashes { from: corners[3], to: further, ink });
        let words = ground.point(f64::midpoint(begin, end) + lean * 1.6, client + towards * (reach * 1.6 + 7.0));
        let below = ground.point(f64::midpoint(begin, end) + lean * 1.6, client + towards * (reach * 1.6 + 21.0));
        let [words, below] = if view.message.from == Side::Client { [words, below] } else { [below, words] };
        self.label(strip, view, corners, vec![words, below]);
    }

    /// What left and had not arrived when the record ended: a line that stops half way.
    fn under_way(&mut self, strip: &Strip, view: &BurstView<'_>, from: f32, to: f32) {
        let DrawingInput { axis, ground, .. } = self.source;
        let half = f32::midpoint(from, to);
        let (first, last) = (nanos(view.first.at), nanos(view.last.at));
        // Where nothing ever arrived, how long the way is stays unknown: the line leans by a fixed little.
        let lean = f64::from((half - from).abs()) * 0.35 / ground.scale;
        let at = |time: u64| match view.way() {
            Some(way) => axis.place(time.saturating_add(nanos(way) / 2)),
            None => axis.place(time) + lean,
        };
        let corners = [
            ground.point(axis.place(first), from),
            ground.point(axis.place(last), from),
            ground.point(at(last), half),
            ground.point(at(first), half),
        ];
        let ink = ink_of(view);
        self.highlight(view, corners);
        if (corners[1] - corners[0]).length() > 1.0 {
            self.picture.items.push(PictureItem::Area { corners: corners.to_vec(), ink, strength: BAND });
        }
        let solid = along(corners[0], corners[3], 0.5);
        self.picture.line(corners[0], solid, self.width(view), ink);
        self.picture.items.push(PictureItem::Dashes { from: solid, to: corners[3], ink });
        let beside = if ground.upright { vec2(0.0, 10.0) } else { vec2(26.0, 0.0) };
        let spots = vec![along(corners[0], corners[3], 0.5) + beside, along(corners[0], corners[3], 1.25)];
        self.label(strip, view, corners, spots);
    }

    /// A segment that did not arrive: a broken arrow, crossed out, with the word.
    fn lost(&mut self, strip: &Strip, view: &BurstView<'_>, from: f32, to: f32) {
        let DrawingInput { axis, ground, .. } = self.source;
        let at = nanos(view.first.at);
        let way = view.way().map_or(0, nanos);
        let tail = ground.point(axis.place(at.saturating_sub(way / 2)), from);
        let cross = ground.point(axis.place(at), f32::midpoint(from, to));
        self.highlight(view, [tail, tail, cross, cross]);
        self.picture.line(tail, cross, self.width(view), PictureInk::Bad);
        for slant in [vec2(4.0, 4.0), vec2(4.0, -4.0)] {
            self.picture.line(cross - slant, cross + slant, 2.0, PictureInk::Bad);
        }
        let room = vec2(5.0, 5.0);
        let spots = vec![cross + vec2(0.0, 14.0), cross - vec2(0.0, 14.0), cross + vec2(26.0, 0.0)];
        self.label(strip, view, [tail, cross - room, cross + room, tail], spots);
    }

    /// TLS is established at the client; where both ends spoke in the clear before, a line across shows from when on they do not.
    fn mark(&mut self, strip: &Strip, view: &BurstView<'_>, client: f32, server: f32) {
        let DrawingInput { axis, ground, .. } = self.source;
        let place = axis.place(nanos(view.first.at));
        let centre = ground.point(place, client);
        if view.begins_tls_late() {
            let (from, to) = (centre, ground.point(place, server));
            self.picture.items.push(PictureItem::Dashes { from, to, ink: PictureInk::Phase(FetchPhase::Tls) });
        }
        let room = vec2(4.0, 4.0);
        let corners = [centre - room, centre + vec2(4.0, -4.0), centre + room, centre + vec2(-4.0, 4.0)];
        self.highlight(view, corners);
        self.picture.items.push(PictureItem::Ring { centre, radius: 3.5, ink: PictureInk::Phase(FetchPhase::Tls) });
        let beside = if ground.upright { vec2(-38.0, 0.0) } else { vec2(0.0, -12.0) };
        self.label(strip, view, corners, vec![centre + beside]);
    }

    /// From SYN to SYN-ACK: one round trip.
    fn bracket(&mut self, view: &BurstView<'_>, client: f32) {
        let DrawingInput { axis, ground, .. } = self.source;
        let asked = view.first.transit.map_or(view.first.at, |way| way.first_out);
        let answered = view.slot.steps.iter().find(|milestone| milestone.step == ConnectionStep::SynAck);
        let Some(answered) = answered.map(|milestone| milestone.at) else { return };
        let (from, to) = (axis.place(nanos(asked)), axis.place(answered));
        if ground.along(from) < self.brackets || ground.along(to) - ground.along(from) < 12.0 {
            return;
        }
        let room = ground.along(to) - ground.along(from);
        let across = client - 8.0;
        self.picture.line(ground.point(from, across), ground.point(to, across), 1.0, PictureInk::Muted);
        for place in [from, to] {
            self.picture.line(
                ground.point(place, across - 3.0),
                ground.point(place, across + 3.0),
                1.0,
                PictureInk::Muted,
            );
        }
        let time = units::time(Duration::from_nanos(answered.saturating_sub(nanos(asked))));
        let words = [format!("RTT {time}"), time];
        let wide = |words: &String| words.chars().count() as f32 * self.source.glyph;
        let fits = words.into_iter().find(|words| wide(words) < room || ground.upright);
        if let Some(words) = fits {
            let anchor = if ground.upright { Align2::RIGHT_CENTER } else { Align2::CENTER_BOTTOM };
            let at = ground.point(f64::midpoint(from, to), across - 2.0);
            self.taken.push(anchor.anchor_size(at, label_rect(at, words.chars().count(), self.source.glyph).size()));
            self.picture.words(at, anchor, words, PictureInk::Muted);
        }
        self.brackets = ground.along(to) + 4.0;
    }

    /// The picked one stands on a ground of its own.
    fn highlight(&mut self, view: &BurstView<'_>, corners: [Pos2; 4]) {
        if !self.is_picked(view) {
            return;
        }
        let centre = along(along(corners[0], corners[2], 0.5), along(corners[1], corners[3], 0.5), 0.5);
        let wider = corners.map(|corner| corner + (corner - centre).normalized() * 6.0);
        self.picture.items.push(PictureItem::Area { corners: wider.to_vec(), ink: PictureInk::Accent, strength: 0.22 });
    }

    fn is_picked(&self, view: &BurstView<'_>) -> bool {
        self.source.pick.is_some_and(|pick| {
            let own = pick.job == self.source.scene.subject.job && pick.flow == view.flow.id;
            own && pick.event.is_some_and(|event| (view.burst.first..=view.burst.last).contains(&event.0))
        })
    }

    fn width(&self, view: &BurstView<'_>) -> f32 {
        if self.is_picked(view) || self.source.hovered == Some(view.number) { 2.5 } else { 1.5 }
    }

    /// What can be pointed at, and the label it wants on one of `spots`.
    fn label(&mut self, strip: &Strip, view: &BurstView<'_>, corners: [Pos2; 4], spots: Vec<Pos2>) {
        let hit = Hit { burst: view.number, corners };
        self.hits.push(hit);
        if view.is_spoken_for(self.source.index) {
            return;
        }
        if self.wanted.len() >= MAX_LABELS {
            self.unlabelled += 1;
            return;
        }
        let mut label = view.label(self.source.index);
        if label.variants.is_empty() {
            return;
        }
        if self.is_picked(view) {
            label.rank = 0;
        }
        let ink = if matches!(view.message.content, MessageContent::Step(ConnectionStep::Lost | ConnectionStep::Rst)) {
            PictureInk::Bad
        } else {
            PictureInk::Text
        };
        let lanes: Vec<f32> = strip.lanes.iter().map(|lane| lane.at).collect();
        let (before, after) = if self.source.ground.upright { AROUND_UPRIGHT } else { AROUND };
        let across = lanes
            .first()
            .zip(lanes.last())
            .map_or(Rangef::EVERYTHING, |(first, last)| Rangef::new(first - before, last + after));
        self.wanted.push(WantedLabel { label, ink, hit, octets: view.burst.octets, spots, across, lanes });
    }

    fn ticks(&mut self) {
        let DrawingInput { axis, ground, scene, glyph, .. } = self.source;
        let least = if ground.upright { 32.0 } else { 84.0 };
        let step = text::nice_step(Duration::from_nanos((least / ground.scale) as u64));
        let (every, origin) = (nanos(step), nanos(scene.origin()));
        let (from, to) = (axis.time(ground.offset), axis.time(ground.place(ground.rect.max)));
        let mut time = origin + from.saturating_sub(origin).div_ceil(every) * every;
        let folds: Vec<_> = axis.folds().collect();
        let edge = if ground.upright { ground.rect.left() } else { ground.rect.bottom() };
        let mut free = f32::NEG_INFINITY;
        for _ in 0..MAX_TICKS {
            if let Some(fold) = folds.iter().find(|fold| (fold.from..fold.to).contains(&time)) {
                time = origin + (fold.to - origin).div_ceil(every) * every;
            }
            if time > to {
                break;
            }
            let place = axis.place(time);
            let words = text::tick(Duration::from_nanos(time - origin), step);
            if ground.upright {
                self.picture.line(ground.point(place, edge - 4.0), ground.point(place, edge), 1.0, PictureInk::Muted);
                self.picture.words(ground.point(place, edge - 6.0), Align2::RIGHT_CENTER, words, PictureInk::Muted);
            } else {
                self.picture.line(ground.point(place, edge), ground.point(place, edge + 4.0), 1.0, PictureInk::Muted);
                // The last one stands beside its tick rather than beyond the picture.
                let wide = words.chars().count() as f32 * glyph;
                let left = (ground.along(place) - wide / 2.0).min(ground.rect.right() - wide);
                if left >= free {
                    self.picture.words(pos2(left, edge + 5.0), Align2::LEFT_TOP, words, PictureInk::Muted);
                    free = left + wide + glyph;
                }
            }
            time += every;
        }
    }
}

fn ink_of(view: &BurstView<'_>) -> PictureInk {
    match view.message.content {
        MessageContent::Step(ConnectionStep::Syn | ConnectionStep::SynAck | ConnectionStep::Ack) => {
            PictureInk::Phase(FetchPhase::Connect)
        }
        MessageContent::Step(ConnectionStep::Rst | ConnectionStep::Lost | ConnectionStep::Retransmit) => {
            PictureInk::Bad
        }
        MessageContent::Step(ConnectionStep::Fin) => PictureInk::Muted,
        MessageContent::Step(ConnectionStep::TlsEstablished) => PictureInk::Phase(FetchPhase::Tls),
        MessageContent::Octets(..) if view.is_handshake() => PictureInk::Phase(FetchPhase::Tls),
        MessageContent::Octets(..) | MessageContent::Note | MessageContent::End => match view.message.from {
            Side::Client => PictureInk::Phase(FetchPhase::Wait),
            Side::Server => PictureInk::Phase(FetchPhase::Receive),
        },
    }
}

/// Opacity of a band.
const BAND: f32 = 0.35;
/// Where along an arrow its label may stand, best first: so far apart that neighbours' labels find rows of their own.
const TOWARDS_SERVER: [f32; 4] = [0.36, 0.2, 0.5, 0.66];
/// The same for arrows from the server.
const TOWARDS_CLIENT: [f32; 4] = [0.40, 0.22, 0.54, 0.68];
/// Height of a line of small words.
const LINE: f32 = 14.0;
/// Length of a stub.
const STUB: f32 = 26.0;
/// Nodes opened in one strip before it is drawn coarser.
const MAX_OPENED: usize = 2_400;
/// Nodes narrower than this are not opened.
const NARROWEST: f32 = 4.0;
/// Nodes are never taken together beyond this width.
const WIDEST: f32 = 4096.0;
/// So far outside the ground things are still drawn.
const MARGIN: f32 = 8.0;
/// Bands of one message with less between them are one.
const COUPLED: f32 = 6.0;
/// How far labels may stand outside of a strip's lines, before the first and behind the last.
const AROUND: (f32, f32) = (22.0, 18.0);
/// The same when time runs downwards.
const AROUND_UPRIGHT: (f32, f32) = (76.0, 24.0);
/// Labels tried in one frame.
const MAX_LABELS: usize = 300;
/// Ticks drawn at most.
const MAX_TICKS: usize = 200;
