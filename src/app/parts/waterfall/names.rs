//! What a row is called, and how it is cut where there is little room: what tells it from its neighbours stays.

use std::{borrow::Borrow, ops::Range};

use url::Url;

use crate::engine::timing::ObjectTiming;

/// The last part of a URL's path as a file would be called, with its query; the host where there is no path.
pub fn short_name(url: &Url) -> String {
    // Such as `dns:A gaia.cs.umass.edu`.
    if url.cannot_be_a_base() {
        return url.path().to_owned();
    }
    let last = url.path_segments().and_then(|mut parts| parts.rfind(|part| !part.is_empty()));
    let name = last.or_else(|| url.host_str()).unwrap_or(url.as_str());
    url.query().map_or_else(|| name.to_owned(), |query| format!("{name}?{query}"))
}

/// The name of an object in a list, at most `room` characters wide as `width` measures them.
pub(super) fn row_name<T: Borrow<ObjectTiming>>(
    objects: &[T],
    at: usize,
    room: f32,
    width: &dyn Fn(char) -> f32,
) -> String {
    let name = |at: usize| objects.get(at).map(|object| short_name(&object.borrow().url));
    let Some(own) = name(at) else { return String::new() };
    let beside = [at.checked_sub(1).and_then(name), name(at + 1)];
    // A name that begins otherwise is told apart by its beginning, which always stays.
    let inside = |range: &Range<usize>| range.start >= LEAST_HEAD;
    let differs = beside.iter().flatten().filter_map(|other| difference(&own, other)).filter(inside);
    let differs = differs.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end));
    cut(&own, differs, room, width)
}

/// Which characters of a name are not in another one; `None` when they are the same.
fn difference(own: &str, other: &str) -> Option<Range<usize>> {
    if own == other {
        return None;
    }
    let same = own.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let (long, least) = (own.chars().count(), own.chars().count().min(other.chars().count()));
    let tail = own.chars().rev().zip(other.chars().rev()).take(least - same).take_while(|(a, b)| a == b).count();
    Some(same..(long - tail).max((same + 1).min(long)))
}

/// `name` in at most `room`, with what is in `keep` in it if that can be.
fn cut(name: &str, keep: Option<Range<usize>>, room: f32, width: &dyn Fn(char) -> f32) -> String {
    let chars: Vec<char> = name.chars().collect();
    let wide = |some: &[char]| some.iter().map(|sign| width(*sign)).sum::<f32>();
    if wide(&chars) <= room {
        return name.to_owned();
    }
    let room = room - width(ELLIPSIS);
    let fits = |some: &[char], room: f32| {
        let mut used = 0.0;
        some.iter()
            .take_while(|sign| {
                used += width(**sign);
                used <= room
            })
            .count()
    };
    let most = fits(&chars, room);
    // Of a number all digits are kept.
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    let whole = |keep: Range<usize>| {
        let before = (0..keep.start).rev().take_while(|at| digit(*at) && digit(keep.start)).count();
        keep.start - before..keep.end
    };
    let tails =
        keep.filter(|keep| keep.end > most).map(whole).map(|keep| [keep.start.saturating_sub(BEFORE)..keep.end, keep]);
    let tail = tails.into_iter().flatten().filter_map(|tail| chars.get(tail)).find(|tail| wide(tail) <= room);
    let head = match tail {
        Some(tail) => Some(fits(&chars, room - wide(tail))).filter(|head| *head >= LEAST_HEAD).unwrap_or(0),
        // What differs is at the beginning anyway, or too long to be kept.
        None => most,
    };
    let tail = tail.unwrap_or_default();
    chars.iter().take(head).chain(std::iter::once(&ELLIPSIS)).chain(tail).collect()
}

const ELLIPSIS: char = '…';
/// Characters kept before those that differ: what they are a value of.
const BEFORE: usize = 2;
/// With fewer characters before the ellipsis a name is no name.
const LEAST_HEAD: usize = 2;

#[cfg(test)]
mod a_row {
    use super::*;
    use crate::app::parts::samples::Sample;

    fn objects(paths: &[String]) -> Vec<ObjectTiming> {
        let sample = Sample::persistent(0, 100);
        let object = |path: &String| ObjectTiming {
            url: Url::parse(&format!("http://www.someschool.edu{path}")).unwrap(),
            ..sample.objects[0].clone()
        };
        paths.iter().map(object).collect()
    }

    #[test]
    fn is_told_from_every_other_however_little_room() {
        let mut paths = vec!["/page?objects=120&size=100000".to_owned()];
        paths.extend((1..=120).map(|i| format!("/object?i={i}&size=100000")));
        let objects = objects(&paths);
        for room in [4.0, 5.0, 7.0, 9.0, 10.0, 12.0, 13.0, 16.0, 40.0] {
            let mut names: Vec<_> = (0..objects.len()).map(|at| row_name(&objects, at, room, &|_| 1.0)).collect();
            assert!(names.iter().all(|name| name.chars().count() as f32 <= room), "{names:?}");
            names.sort();
            names.dedup();
            assert_eq!(names.len(), objects.len(), "{room}: {names:?}");
        }
    }

    #[test]
    fn keeps_what_differs_from_its_neighbours() {
        let paths = ["/object?i=9&size=100000", "/object?i=10&size=100000", "/object?i=11&size=100000"];
        let objects = objects(&paths.map(str::to_owned));
        let name = |room| row_name(&objects, 1, room, &|_| 1.0);
        assert_eq!(name(13.0), "object?i=10&…");
        assert_eq!(name(10.0), "objec…i=10");
        assert_eq!(name(6.0), "…i=10");
        assert_eq!(name(3.0), "…10");
        assert_eq!(name(30.0), "object?i=10&size=100000");
    }

    #[test]
    fn keeps_it_too_beside_one_that_begins_otherwise() {
        let paths = ["/page?objects=10&size=100000", "/object?i=1&size=100000", "/object?i=2&size=100000"];
        let objects = objects(&paths.map(str::to_owned));
        assert_eq!(row_name(&objects, 1, 9.0, &|_| 1.0), "objec…i=1");
    }

    #[test]
    fn alone_keeps_its_beginning() {
        let objects = objects(&["/someDepartment/a-very-long-name.html".to_owned()]);
        assert_eq!(row_name(&objects, 0, 8.0, &|_| 1.0), "a-very-…");
    }
}
