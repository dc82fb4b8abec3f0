//! How long a beat over a large cluster takes. Run by hand: `cargo test --release beat_over -- --ignored --nocapture`.

use super::*;

#[test]
#[ignore = "measures time"]
#[expect(clippy::disallowed_methods, reason = "it measures")]
fn a_beat_over_three_hundred_pods_is_short() {
    let mut lab = Lab::new("", json!([{ "name": "work", "size": "s-8vcpu-16gb", "count": 10 }]), json!({}));
    lab.apply(&[namespace("shop")]);
    for n in 0..60 {
        lab.apply(&[deployment("shop", &format!("app{n}"), 5, json!({}))]);
    }
    lab.pass(300);
    assert_eq!(lab.pods("shop", "").len(), 300);
    let begin = std::time::Instant::now();
    for _ in 0..100 {
        lab.k8s(|o| {
            for run in crate::cluster::controllers::CONTROLLERS {
                run(o);
            }
        });
    }
    println!("a beat at rest: {:?}", begin.elapsed() / 100);
    assert!(begin.elapsed() / 100 < Duration::from_millis(5));
}
