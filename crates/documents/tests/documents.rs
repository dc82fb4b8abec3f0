//! The documents of every example, held against what the example compiles to.

#[path = "documents/examples.rs"]
mod examples;
#[path = "documents/judged.rs"]
mod judged;

use examples::{Built, all};
use pontoon_documents::{
    diagram::Diagram,
    diagrams, files,
    layout::{Layout, Rect, layout, measure::width},
    pages,
    svg::svg,
};

/// Every picture of every environment of every example.
fn every_picture() -> Vec<(String, Diagram)> {
    let of =
        |built: &Built| diagrams(&built.environment()).into_iter().map(|d| (format!("{} {}", built.name(), d.name), d)).collect();
    let all: Vec<(String, Diagram)> = all().iter().flat_map(|b: &Built| -> Vec<(String, Diagram)> { of(b) }).collect();
    assert!(all.len() > 50, "six examples have more than {} pictures", all.len());
    all
}

/// The text of a picture as its reader sees it, lines put together again.
fn read(diagram: &Diagram) -> String {
    let texts = layout(diagram).texts;
    texts
        .iter()
        .map(|t| t.iter().map(|l| l.text.as_str()).collect::<Vec<_>>().join(""))
        .collect::<Vec<_>>()
        .join("\n")
        .replace(' ', "")
}

#[test]
fn everything_that_is_built_is_in_a_picture_and_in_the_inventory() {
    for built in all() {
        let environment = built.environment();
        let pictures: Vec<(String, String)> =
            diagrams(&environment).iter().map(|d| (d.name.clone(), format!("{}{}", read(d), frames(d)))).collect();
        let picture = |name: &str| pictures.iter().find(|(n, _)| n == name).map(|(_, t)| t.clone()).unwrap_or_default();
        let inventory = pages(&environment).into_iter().find(|p| p.name == "inventory").expect("an inventory").markdown();
        for component in &built.contents.components {
            assert!(
                inventory.contains(&format!("`{}`", component.name)),
                "{}: {} is not in the inventory",
                built.name(),
                component.name
            );
            for workload in &component.footprint {
                assert!(inventory.contains(&format!("`{}`", workload.name)), "{}: {}", built.name(), workload.name);
                assert!(
                    picture("placement").contains(&format!("{}:", workload.name)),
                    "{}: {} has no place",
                    built.name(),
                    workload.name
                );
            }
            assert!(picture("deployment").contains(&component.name), "{}: {} comes in no layer", built.name(), component.name);
        }
        for address in built.platform.resources.keys() {
            assert!(inventory.contains(&format!("`{address}`")), "{}: {address} is not in the inventory", built.name());
            let name = address.name();
            match address.kind() {
                "digitalocean.database" => {
                    assert!(picture("containers").contains(name) && picture("data").contains(name), "{address}")
                }
                "spaces.bucket" => assert!(picture("containers").contains(&format!("bucket{name}")), "{address}"),
                "digitalocean.node_pool" => {
                    assert!(
                        picture("placement").contains(name) && picture("network").contains(&format!("pool{name}")),
                        "{address}"
                    );
                }
                _ => {}
            }
        }
        for store in built
            .contents
            .components
            .iter()
            .filter(|c| ["database-", "cache-", "queue-"].iter().any(|p| c.name.starts_with(p)) && !c.footprint.is_empty())
        {
            assert!(picture("containers").contains(&store.origin.path), "{}: {}", built.name(), store.name);
        }
    }
}

/// The titles of frames, as read.
fn frames(diagram: &Diagram) -> String {
    diagram.groups.iter().map(|g| g.title.replace(' ', "")).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_left_out_is_named_and_in_no_sum() {
    let built = all().into_iter().find(|b| b.name() == "enterprise production").expect("the example");
    assert!(!built.deferred.is_empty(), "enterprise asks for what is not built");
    let text = pages(&built.environment()).into_iter().find(|p| p.name == "architecture").expect("a page").markdown();
    for deferred in &built.deferred {
        assert!(text.contains(&format!("`{}`", deferred.path)), "{}", deferred.path);
    }
    assert!(!text.contains("Keycloak runs"), "{text}");
}

#[test]
fn nothing_overlaps_and_every_text_is_inside_of_its_box() {
    for (name, diagram) in every_picture() {
        let layout = layout(&diagram);
        check(&name, &diagram, &layout);
    }
}

/// What must hold for any picture.
fn check(name: &str, diagram: &Diagram, layout: &Layout) {
    let all = Rect { x: 0, y: 0, w: layout.size.0, h: layout.size.1 };
    for (i, rect) in layout.nodes.iter().enumerate() {
        assert!(all.holds(rect), "{name}: box {i} is outside");
        for (j, other) in layout.nodes.iter().enumerate().skip(i + 1) {
            assert!(!rect.overlaps(other), "{name}: {} and {}", diagram.nodes[i].title, diagram.nodes[j].title);
        }
        for text in &layout.texts[i] {
            assert!(width(&text.text, text.face) + 50 <= rect.w, "{name}: {:?} in {rect:?}", text.text);
            assert!(text.y + text.face.leading() <= rect.h, "{name}: {:?} in {rect:?}", text.text);
        }
        let around = diagram.around(diagram.nodes[i].group);
        for (g, frame) in layout.groups.iter().enumerate() {
            let inside = around.iter().any(|a| a.0 == g);
            assert!(
                if inside { frame.holds(rect) } else { !frame.overlaps(rect) },
                "{name}: {} and frame {g}",
                diagram.nodes[i].title
            );
        }
    }
    for (edge, way) in diagram.edges.iter().zip(&layout.ways) {
        assert!(way.points.len() >= 2, "{name}: an arrow without a way");
        for (i, rect) in layout.nodes.iter().enumerate().filter(|(i, _)| *i != edge.from.0 && *i != edge.to.0) {
            let through = way.points.windows(2).any(|p| {
                let (a, b) = (p[0], p[1]);
                assert!(a.0 == b.0 || a.1 == b.1, "{name}: a slanted arrow");
                Rect { x: a.0.min(b.0), y: a.1.min(b.1), w: (a.0 - b.0).abs().max(1), h: (a.1 - b.1).abs().max(1) }.overlaps(rect)
            });
            assert!(!through, "{name}: an arrow through {}", diagram.nodes[i].title);
        }
    }
    let labels: Vec<&(Rect, Vec<String>)> = layout.ways.iter().filter_map(|w| w.label.as_ref()).collect();
    for (i, (rect, lines)) in labels.iter().enumerate() {
        assert!(!layout.nodes.iter().any(|n| n.overlaps(rect)), "{name}: {lines:?} upon a box");
        assert!(!labels.iter().skip(i + 1).any(|(other, _)| other.overlaps(rect)), "{name}: {lines:?} upon another label");
    }
}

#[test]
fn drawn_pictures_keep_the_rules() {
    for seed in 1..=150 {
        let diagram = examples::drawn(seed);
        check(&format!("seed {seed}"), &diagram, &layout(&diagram));
    }
}

#[test]
fn pictures_are_well_formed_and_say_what_they_are() {
    let drawn = (1..=20).map(|seed| (format!("seed {seed}"), examples::drawn(seed)));
    for (name, diagram) in every_picture().into_iter().chain(drawn) {
        let text = svg(&diagram);
        let names = judged::elements(&name, &text);
        assert_eq!(names[..3], ["svg", "title", "desc"], "{name}");
        assert!(text.contains("role=\"img\"") && text.contains("prefers-color-scheme"), "{name}");
    }
}

#[test]
fn the_same_environment_gives_the_same_bytes() {
    let write = || {
        let all = all();
        all.iter().map(|b| files("x", &[b.spec.environment.to_string()], &[b.environment()])).collect::<Vec<_>>()
    };
    let (first, second) = (write(), write());
    assert_eq!(first, second);
    // For whoever wants to look at them.
    let root = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("documents");
    for (built, files) in all().iter().zip(&first) {
        for (path, text) in files {
            let path = root.join(built.name().replace(' ', "-")).join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
            std::fs::write(path, text).expect("a file can be written");
        }
    }
}

#[test]
fn mermaid_itself_reads_every_picture() {
    let drawn = (1..=20).map(|seed| (format!("seed {seed}"), examples::drawn(seed)));
    judged::mermaid("mermaid_itself_reads_every_picture", &every_picture().into_iter().chain(drawn).collect::<Vec<_>>());
}
