//! A page in a window, the renderer's thread included.

mod support {
    use egui_kittest::Harness;

    use super::super::*;
    use crate::app::theme;

    #[derive(Default)]
    pub(super) struct PageWindow {
        pub(super) view: PageView,
        pub(super) intents: Vec<PageAction>,
    }

    pub(super) fn window() -> Harness<'static, PageWindow> {
        let paint = |ui: &mut Ui, window: &mut PageWindow| {
            theme::install(ui.ctx());
            let intents = window.view.ui(ui, true);
            window.intents.extend(intents);
        };
        Harness::builder().with_size([400.0, 300.0]).build_ui_state(paint, PageWindow::default())
    }

    pub(super) fn content(content_type: &str, octets: impl Into<Bytes>) -> PageContent {
        PageContent {
            url: Url::parse("http://www.someschool.edu/").unwrap(),
            content_type: Some(content_type.to_owned()),
            octets: octets.into(),
            omitted: 0,
            why_none: "The response has no content.".to_owned(),
            resources: Vec::new(),
            settled: true,
            scroll: (0.0, 0.0),
        }
    }

    /// Frames until the renderer has done everything; the thread is waited for, not the clock.
    pub(super) fn settle(harness: &mut Harness<'_, PageWindow>) {
        let mut quiet_frames = 0;
        for _ in 0..10_000 {
            harness.step();
            let view = &mut harness.state_mut().view;
            let Some(renderer) = view.renderer.as_mut().filter(|renderer| renderer.is_busy()) else {
                let quiet = view.is_settled() && view.page.adopt.is_none();
                quiet_frames = if quiet { quiet_frames + 1 } else { 0 };
                if quiet_frames == 2 {
                    return;
                }
                continue;
            };
            if let Some(answer) = renderer.wait(Duration::from_millis(20)) {
                let ctx = harness.ctx.clone();
                let window = harness.state_mut();
                let mut intents = Vec::new();
                window.view.take_in(&ctx, answer, &mut intents);
                window.intents.extend(intents);
            }
        }
        panic!("the page never settles");
    }
}

mod a_page_in_the_window {
    use egui::Key;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::{super::*, support::*};

    #[test]
    fn tells_who_cannot_see_it_what_it_says() {
        let mut harness = window();
        harness.state_mut().view.show(content("text/html", "<title>A lab</title><p>one</p><p>two</p>"));
        settle(&mut harness);
        let page = harness.get_by_label("Page: A lab");
        assert_eq!(page.accesskit_node().value().as_deref(), Some("one\ntwo"));
        assert_eq!(harness.state().view.title(), Some("A lab"));
        assert_eq!(harness.state().view.words(), "one\ntwo");
    }

    #[test]
    fn sends_the_student_where_a_link_leads() {
        let mut harness = window();
        let html = "<body style='margin:0'><a href=/people style='display:block;height:300px'>people</a>";
        harness.state_mut().view.show(content("text/html", html));
        settle(&mut harness);
        harness.get_by_label("Page: without a title").click();
        settle(&mut harness);
        let people = Url::parse("http://www.someschool.edu/people").unwrap();
        let go = Navigation { url: people.clone(), method: "GET".to_owned(), content_type: None, content: None };
        assert_eq!(harness.state().intents, [PageAction::Go(go)]);
        assert_eq!(harness.state().view.links()[0].url, people);
    }

    #[test]
    fn is_typed_into() {
        let mut harness = window();
        let html = "<body style='margin:0'><form action=/s><input name=q style='display:block;width:100%;height:300px'></form>";
        harness.state_mut().view.show(content("text/html", html));
        settle(&mut harness);
        harness.get_by_label("Page: without a title").click();
        settle(&mut harness);
        harness.event(egui::Event::Text("ab".to_owned()));
        harness.key_press(Key::Enter);
        settle(&mut harness);
        let [PageAction::Go(navigation)] = harness.state().intents.as_slice() else { panic!("the form is sent") };
        assert_eq!(navigation.url.as_str(), "http://www.someschool.edu/s?q=ab");
    }

    #[test]
    fn scrolls_by_key_and_comes_back_to_where_it_was() {
        let mut harness = window();
        let html = "<body style='margin:0'><div style='height:3000px'>x";
        harness.state_mut().view.show(PageContent { scroll: (0.0, 500.0), ..content("text/html", html) });
        settle(&mut harness);
        assert_eq!(harness.state().view.scroll(), (0.0, 500.0));
        harness.get_by_label("Page: without a title").focus();
        harness.step();
        harness.key_press(Key::PageDown);
        settle(&mut harness);
        let (_, down) = harness.state().view.scroll();
        assert!((740.0..=770.0).contains(&down), "{down}");
        let facts = harness.state().view.page.facts.as_ref().unwrap();
        assert!((facts.scroll.1 - down).abs() < 1.0, "{facts:?}");
    }

    #[test]
    fn begins_at_its_top_whatever_was_still_told_of_the_page_before() {
        let mut harness = window();
        let high =
            |height: u32| content("text/html", format!("<body style='margin:0'><div style='height:{height}px'>"));
        harness.state_mut().view.show(PageContent { scroll: (0.0, 500.0), ..high(2000) });
        settle(&mut harness);
        harness.state_mut().view.outbox.push_back(RenderRequest::Scroll((0.0, 700.0)));
        harness.step();
        let before = harness.state().view.page.facts.clone().unwrap();
        let ordered = harness.state().view.renderer.as_ref().unwrap().ordered();
        let ctx = harness.ctx.clone();
        let view = &mut harness.state_mut().view;
        view.show(high(600));
        for answer in [RenderUpdate::Facts(Box::new(before)), RenderUpdate::Done(ordered)] {
            view.take_in(&ctx, answer, &mut Vec::new());
        }
        assert_eq!(view.page.facts, None, "what is told of the page before says nothing of this one");
        settle(&mut harness);
        assert_eq!(harness.state().view.scroll(), (0.0, 0.0));
        assert_eq!(harness.state().view.page.facts.as_ref().map(|facts| facts.scroll), Some((0.0, 0.0)));
    }

    #[test]
    fn asks_for_what_it_refers_to_and_was_not_fetched() {
        let mut harness = window();
        harness.state_mut().view.show(content("text/html", "<img src=a.png><img src=b.png>"));
        settle(&mut harness);
        harness.get_by_label("2 objects the page refers to were not fetched");
        harness.get_by_label("fetch them").click();
        harness.step();
        harness.step();
        let [PageAction::Fetch(urls)] = harness.state().intents.as_slice() else { panic!("both are asked for") };
        assert_eq!(urls.len(), 2);
    }

    #[test]
    fn is_idle_once_it_is_shown() {
        let mut harness = window();
        harness.state_mut().view.show(content("text/html", "<p>words"));
        settle(&mut harness);
        let sent =
            |harness: &egui_kittest::Harness<'_, PageWindow>| harness.state().view.renderer.as_ref().unwrap().done();
        let before = sent(&harness);
        harness.run_steps(5);
        assert_eq!(sent(&harness), before);
        assert!(harness.state().view.is_settled());
    }
}

mod what_is_no_page {
    use egui_kittest::kittest::Queryable as _;

    use super::{super::*, support::*};

    #[test]
    fn is_shown_as_text_or_named_and_starts_no_thread() {
        let mut harness = window();
        harness.state_mut().view.show(content("text/plain", "first\nsecond"));
        harness.step();
        harness.get_by_label("second");
        harness.state_mut().view.show(content("application/zip", vec![0_u8; 12_500]));
        harness.step();
        harness.get_by_label("application/zip, 12.5 kB: not a page, a picture or text.");
        harness.get_by_label("save to a file").click();
        harness.run_steps(2);
        assert_eq!(harness.state().intents, [PageAction::Save]);
        harness.state_mut().view.show(content("text/html", ""));
        harness.step();
        harness.get_by_label("The response has no content.");
        assert!(harness.state().view.renderer.is_none());
    }

    #[test]
    fn a_picture_is_shown_by_itself() {
        let mut octets = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(10, 10, image::Rgb([1, 2, 3]))
            .write_to(&mut octets, image::ImageFormat::Png)
            .unwrap();
        let mut harness = window();
        harness.state_mut().view.show(content("image/png", octets.into_inner()));
        settle(&mut harness);
        assert!(harness.state().view.page.has_picture);
        assert!(harness.state().view.page.facts.as_ref().unwrap().wanted.is_empty());
    }
}

mod a_page_that_takes_too_long {
    use egui_kittest::kittest::Queryable as _;

    use super::{super::*, support::*};

    #[test]
    fn is_left_behind_and_shown_as_text_and_the_next_one_is_a_page_again() {
        let mut harness = window();
        harness.state_mut().view.patience = Duration::from_millis(1);
        let slow = format!("<style>{}{{color:red}}</style>{}", "p+".repeat(700) + "p", "<p>slow".repeat(700));
        harness.state_mut().view.show(content("text/html", slow));
        let left_behind = |harness: &egui_kittest::Harness<'_, PageWindow>| harness.state().view.renderer.is_none();
        harness.step();
        assert!(!left_behind(&harness));
        for _ in 0..1_000_000 {
            harness.step();
            if left_behind(&harness) {
                break;
            }
        }
        harness.step();
        harness.get_by_label("Laying out this page takes too long: here is its text.");
        assert!(harness.get_all_by_label("slow").next().is_some());
        harness.state_mut().view.patience = Duration::from_mins(2);
        harness.state_mut().view.show(content("text/html", "<title>next</title>"));
        settle(&mut harness);
        harness.get_by_label("Page: next");
    }
}
