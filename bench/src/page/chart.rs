//! Plots, as SVG that styles itself: light and dark, on a page and alone.

use crate::results::{Peer, Results, Row, Suite, number};
use std::fmt::Write;

/// Pixels: the names at the left, the plot, a line of it, and what stands above and below it.
const NAMES: f64 = 330.0;
const PLOT: f64 = 560.0;
const LINE: f64 = 20.0;
const ABOVE: f64 = 44.0;
const BELOW: f64 = 14.0;
const WIDTH: f64 = NAMES + PLOT + 30.0;

/// The style of every plot. Peers have their colours by class; a page that chooses a theme sets it on its root.
const STYLE: &str = include_str!("chart.css");

/// A row of dots per line: how fast each peer is, if Transom is 1, on a logarithmic scale. Dots at the right of
/// Transom's line are ahead of it.
struct Plot<'a> {
    title: String,
    lines: Vec<(String, Vec<Dot<'a>>)>,
}

struct Dot<'a> {
    peer: &'a Peer,
    /// How many times as good as Transom the peer is.
    speed: f64,
    tip: String,
}

/// The rows of a suite.
pub fn suite(results: &Results, suite: &Suite) -> String {
    let peers = results.columns(suite);
    let line = |row: &Row| {
        (
            row.name.clone(),
            peers.iter().filter_map(|peer| dot(row, peer)).collect(),
        )
    };
    let lines = suite
        .rows
        .iter()
        .map(line)
        .filter(|(_, dots): &(_, Vec<Dot<'_>>)| !dots.is_empty());
    let title = format!("{}: each engine's speed, where Transom is 1", suite.name);
    Plot {
        title,
        lines: lines.collect(),
    }
    .svg()
}

/// The geometric means of all suites.
pub fn summary(results: &Results) -> String {
    let line = |suite: &Suite| {
        let dots = results
            .peers
            .iter()
            .filter(|peer| peer.id != "transom")
            .filter_map(|peer| {
                let (mean, rows) = suite.mean_ratio(&peer.id)?;
                let tip = format!(
                    "{}: {} × Transom in {}, geometric mean of {rows} rows",
                    peer.title,
                    number(1.0 / mean),
                    suite.name
                );
                Some(Dot {
                    peer,
                    speed: 1.0 / mean,
                    tip,
                })
            });
        (suite.name.clone(), dots.collect())
    };
    let title = "Each engine's speed, where Transom is 1: geometric means".to_owned();
    Plot {
        title,
        lines: results.suites.iter().map(line).collect(),
    }
    .svg()
}

fn dot<'a>(row: &Row, peer: &&'a Peer) -> Option<Dot<'a>> {
    if peer.id == "transom" {
        return None;
    }
    let speed = 1.0 / row.ratio(&peer.id)?;
    let value = row.quantity.text(row.cell(&peer.id)?.median()?);
    let tip = format!(
        "{}: {value}, {} × Transom in {}",
        peer.title,
        number(speed),
        row.name
    );
    Some(Dot { peer, speed, tip })
}

impl Plot<'_> {
    fn svg(&self) -> String {
        let height = ABOVE + LINE * self.lines.len() as f64 + BELOW;
        let scale = Scale::new(self.lines.iter().flat_map(|(_, dots)| dots).map(|dot| dot.speed));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" role=\"img\" \
             aria-label=\"{title}\" class=\"plot\">\n<style>{STYLE}</style>\n<title>{title}</title>\n\
             <rect class=\"paper\" width=\"{WIDTH:.0}\" height=\"{height:.0}\"/>\n",
            title = escaped(&self.title)
        );
        svg += &self.legend();
        svg += &scale.grid(height - BELOW);
        for (index, (name, dots)) in self.lines.iter().enumerate() {
            svg += &line(name, dots, ABOVE + LINE * (index as f64 + 0.5), &scale);
        }
        svg + "</svg>\n"
    }

    /// The peers that have dots, above the plot.
    fn legend(&self) -> String {
        let mut peers: Vec<&Peer> = Vec::new();
        for dot in self.lines.iter().flat_map(|(_, dots)| dots) {
            if peers.iter().all(|peer| peer.id != dot.peer.id) {
                peers.push(dot.peer);
            }
        }
        let (mut text, mut x) = (String::new(), 8.0);
        for peer in peers {
            let title = escaped(&peer.title);
            let _ = writeln!(
                text,
                "<circle class=\"{}\" cx=\"{:.0}\" cy=\"12\" r=\"5\"/><text x=\"{:.0}\" y=\"16\">{title}</text>",
                peer.id,
                x + 5.0,
                x + 14.0
            );
            x += 30.0 + 6.6 * peer.title.len() as f64;
        }
        text
    }
}

fn line(name: &str, dots: &[Dot<'_>], y: f64, scale: &Scale) -> String {
    let mut text = format!(
        "<line class=\"row\" x1=\"{NAMES}\" x2=\"{:.0}\" y1=\"{y}\" y2=\"{y}\"/>\
         <text class=\"name\" x=\"{:.0}\" y=\"{:.0}\">{}</text>\n",
        NAMES + PLOT,
        NAMES - 10.0,
        y + 4.0,
        escaped(name)
    );
    for dot in dots {
        let _ = writeln!(
            text,
            "<circle class=\"{}\" cx=\"{:.1}\" cy=\"{y}\" r=\"5\"><title>{}</title></circle>",
            dot.peer.id,
            scale.x(dot.speed),
            escaped(&dot.tip)
        );
    }
    text
}

/// A logarithmic scale from one power of ten, or half of one, to another.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// A scale that has these speeds on it, and 1.
    fn new(speeds: impl Iterator<Item = f64>) -> Scale {
        let bounds = speeds
            .filter(|speed| *speed > 0.0 && speed.is_finite())
            .fold((0.5f64, 2.0f64), |(low, high), speed| {
                (low.min(speed), high.max(speed))
            });
        Scale {
            low: bounds.0.log10() - 0.05,
            high: bounds.1.log10() + 0.05,
        }
    }

    fn x(&self, speed: f64) -> f64 {
        NAMES + PLOT * (speed.log10() - self.low) / (self.high - self.low)
    }

    /// Lines at 1, 2 and 5 times each power of ten, as far as there is room for their names.
    fn grid(&self, bottom: f64) -> String {
        let mut text = String::new();
        let wide = self.high - self.low > 3.0;
        for power in self.low.floor() as i32..=self.high.ceil() as i32 {
            for step in if wide { &[1.0][..] } else { &[1.0, 2.0, 5.0] } {
                let speed = step * 10f64.powi(power);
                if !(self.low..=self.high).contains(&speed.log10()) {
                    continue;
                }
                let class = if speed == 1.0 { "grid transom" } else { "grid" };
                let label = if speed == 1.0 {
                    "Transom".to_owned()
                } else {
                    format!("{speed} ×")
                };
                let _ = writeln!(
                    text,
                    "<line class=\"{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{ABOVE}\" y2=\"{bottom}\"/>\
                     <text class=\"tick\" x=\"{x:.1}\" y=\"{:.0}\">{label}</text>",
                    ABOVE - 6.0,
                    x = self.x(speed),
                );
            }
        }
        text
    }
}

/// A text as it may stand in SVG and HTML.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
