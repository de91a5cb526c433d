//! Many servers: a block a search, in it a row a level; blocks stand on shelves beside those who ask.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

use super::{
    participants::{Participants, TreeLevel},
    servers,
};

/// Everybody's box, and the blocks with their words.
pub(super) fn boxes(people: &Participants, size: Vec2, room: Vec2) -> (Vec<Rect>, Vec<(Rect, String)>) {
    let mut boxes = vec![Rect::NOTHING; people.all.len()];
    let Some(hub) = people.hub() else { return (boxes, Vec::new()) };
    let mut grounds = Vec::new();
    let mut blocks: Vec<Vec<usize>> = vec![Vec::new(); people.searches.len()];
    for server in servers(people, hub) {
        let search = people.all.get(server).map_or(0, |person| person.search);
        blocks.get_mut(search).into_iter().for_each(|block| block.push(server));
    }
    let cell = size + GAP;
    let area: f32 = blocks.iter().map(|block| block.len() as f32 * cell.x * (cell.y * 1.4)).sum();
    let aspect = (room.x / room.y.max(1.0)).clamp(0.8, 2.4);
    let widest = (area * aspect).sqrt().max(cell.x * 4.0);
    let mut shelf = Shelf { at: Pos2::ZERO, height: 0.0, widest };
    for (search, block) in blocks.iter().enumerate().filter(|(_, block)| !block.is_empty()) {
        let rows = rows(people, block, (size.y + GAP.y) / (size.x + GAP.x) * aspect);
        let columns = rows.iter().map(Vec::len).max().unwrap_or(1) as f32;
        let words = people.searches.get(search).map(|search| search.words.clone()).unwrap_or_default();
        let caption = if words.is_empty() { 0.0 } else { CAPTION };
        let inside = vec2(columns * cell.x - GAP.x, rows.len() as f32 * cell.y - GAP.y);
        let ground = shelf.put(inside + vec2(PADDING, PADDING + caption / 2.0) * 2.0);
        let first = ground.min + vec2(PADDING, PADDING + caption);
        for (down, row) in rows.iter().enumerate() {
            for (along, server) in row.iter().enumerate() {
                let at = first + vec2(along as f32 * cell.x, down as f32 * cell.y);
                boxes.get_mut(*server).into_iter().for_each(|rect| *rect = Rect::from_min_size(at, size));
            }
        }
        grounds.push((ground, words));
    }
    let servers_bottom = grounds.iter().map(|(ground, _)| ground.bottom()).fold(0.0, f32::max);
    // The resolver halfway down, with its clients below.
    let askers: Vec<usize> = (0..people.all.len())
        .filter(|place| *place != hub && people.all.get(*place).is_some_and(|person| person.level == TreeLevel::You))
        .collect();
    let columns = (askers.len() as f32 / 8.0).ceil().max(1.0) as usize;
    let left = -(cell.x * columns as f32) - ASIDE;
    let top = (servers_bottom * 0.5 - size.y).max(0.0);
    let right = -ASIDE - size.x;
    boxes.get_mut(hub).into_iter().for_each(|rect| *rect = Rect::from_min_size(pos2(right, top), size));
    for (nth, asker) in askers.iter().enumerate() {
        let (down, along) = (nth / columns, nth % columns);
        let at = pos2(left + cell.x * along as f32, top + size.y + ASKERS_BELOW + down as f32 * cell.y);
        boxes.get_mut(*asker).into_iter().for_each(|rect| *rect = Rect::from_min_size(at, size));
    }
    (boxes, grounds)
}

/// A block's servers in rows: a level begins a row, and none is longer than suits all.
fn rows(people: &Participants, block: &[usize], shape: f32) -> Vec<Vec<usize>> {
    let most = (block.len() as f32 * shape).sqrt().ceil().max(2.0) as usize;
    let level = |server: &usize| people.all.get(*server).map(|person| person.level);
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for server in block {
        match rows.last_mut() {
            Some(row) if row.len() < most && row.last().map(level) == Some(level(server)) => row.push(*server),
            _ => rows.push(vec![*server]),
        }
    }
    rows
}

struct Shelf {
    at: Pos2,
    height: f32,
    widest: f32,
}

impl Shelf {
    fn put(&mut self, size: Vec2) -> Rect {
        if self.at.x > 0.0 && self.at.x + size.x > self.widest {
            self.at = pos2(0.0, self.at.y + self.height + BETWEEN);
            self.height = 0.0;
        }
        let rect = Rect::from_min_size(self.at, size);
        self.at.x += size.x + BETWEEN;
        self.height = self.height.max(size.y);
        rect
    }
}

/// Between two boxes of a block.
const GAP: Vec2 = vec2(26.0, 30.0);
/// Inside a block's ground.
const PADDING: f32 = 14.0;
/// Height of a block's words.
const CAPTION: f32 = 18.0;
/// Between two blocks.
const BETWEEN: f32 = 36.0;
/// Between those who ask and the blocks.
const ASIDE: f32 = 150.0;
/// Between the resolver and its clients.
const ASKERS_BELOW: f32 = 90.0;
