//! How long a beat over a large cluster takes. Run by hand: `cargo test --release beat_over -- --ignored --nocapture`.

use super::*;

const ROUNDS: u32 = 20;

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
    let mut spent = vec![Duration::ZERO; crate::cluster::controllers::CONTROLLERS.len()];
    for _ in 0..ROUNDS {
        lab.k8s(|o| {
            for (run, spent) in crate::cluster::controllers::CONTROLLERS.iter().zip(&mut spent) {
                let begin = std::time::Instant::now();
                run(o);
                *spent += begin.elapsed();
            }
        });
    }
    let each: Vec<Duration> = spent.iter().map(|s| *s / ROUNDS).collect();
    let whole: Duration = each.iter().sum();
    println!("a beat at rest: {whole:?}, each: {each:?}");
    assert!(whole < Duration::from_millis(5));
}
