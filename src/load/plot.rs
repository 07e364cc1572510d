//! A picture of a run: latency by percentile, both axes stretched so that the slowest few, which are
//! the ones that hurt, take as much room as the many.

use std::fmt::Write as _;

use super::report::{BUDGET, Report, Time, micros};
use std::time::Duration;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 480.0;
/// Room for the labels: left, right, top, bottom.
const MARGIN: [f64; 4] = [76.0, 24.0, 64.0, 52.0];
/// Percentiles that are written at the axis.
const MARKS: [(f64, &str); 7] = [
    (0.0, "0"),
    (0.5, "50 %"),
    (0.9, "90 %"),
    (0.99, "99 %"),
    (0.999, "99.9 %"),
    (0.9999, "99.99 %"),
    (0.99999, "99.999 %"),
];

impl Report {
    /// The run as an SVG picture: latency by percentile on logarithmic axes, with the platform's
    /// budget of 2 s drawn as a line.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let axes = Axes::of(self);
        let mut svg = String::new();
        // writing to a string can't fail
        let _ = self.draw(&axes, &mut svg);
        svg
    }

    fn draw(&self, axes: &Axes, svg: &mut String) -> std::fmt::Result {
        let (left, right) = (MARGIN[0], WIDTH - MARGIN[1]);
        let (top, bottom) = (MARGIN[2], HEIGHT - MARGIN[3]);
        writeln!(
            svg,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" font-family="system-ui, sans-serif" font-size="13" fill="#333">"##
        )?;
        writeln!(svg, r##"<rect width="100%" height="100%" fill="#fff"/>"##)?;
        writeln!(
            svg,
            r#"<text x="{left}" y="26" font-size="17" font-weight="600">Time to the verdict</text>"#
        )?;
        let asked =
            self.rate.map_or("as fast as it goes".to_owned(), |rate| format!("{rate} a second asked"));
        writeln!(
            svg,
            r##"<text x="{left}" y="46" fill="#666">{} requests over {} connections, {asked}, {:.0} a second answered, {} without a verdict</text>"##,
            self.count(),
            self.connections,
            self.throughput(),
            self.errors.total() + self.unsent
        )?;
        for decade in axes.decades() {
            let y = axes.y(decade);
            writeln!(svg, r##"<path d="M{left} {y:.1}H{right}" stroke="#e4e4e4"/>"##)?;
            let label = Time(Duration::from_micros(decade));
            writeln!(
                svg,
                r#"<text x="{:.1}" y="{:.1}" text-anchor="end">{label}</text>"#,
                left - 8.0,
                y + 4.0
            )?;
        }
        for (share, label) in MARKS.iter().filter(|(share, _)| *share <= axes.last) {
            let x = axes.x(*share);
            writeln!(svg, r##"<path d="M{x:.1} {top}V{bottom}" stroke="#e4e4e4"/>"##)?;
            writeln!(
                svg,
                r#"<text x="{x:.1}" y="{:.1}" text-anchor="middle">{label}</text>"#,
                bottom + 20.0
            )?;
        }
        writeln!(
            svg,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="middle">of the requests took no longer than this</text>"#,
            f64::midpoint(left, right),
            HEIGHT - 10.0
        )?;
        let budget = axes.y(micros(BUDGET));
        writeln!(
            svg,
            r##"<path d="M{left} {budget:.1}H{right}" stroke="#c62828" stroke-dasharray="6 4"/>"##
        )?;
        writeln!(
            svg,
            r##"<text x="{right}" y="{:.1}" text-anchor="end" fill="#c62828">the platform waits no longer: 2 s</text>"##,
            budget - 6.0
        )?;
        writeln!(
            svg,
            r##"<path d="{}" fill="none" stroke="#1565c0" stroke-width="2" stroke-linejoin="round"/>"##,
            self.curve(axes)
        )?;
        writeln!(svg, "</svg>")
    }

    /// The latencies from the fastest to the slowest request.
    fn curve(&self, axes: &Axes) -> String {
        const STEPS: u32 = 400;
        let mut path = String::new();
        for step in 0..=STEPS {
            let share = axes.share(f64::from(step) / f64::from(STEPS));
            let latency =
                if step == STEPS { self.latency.max() } else { self.latency.value_at_quantile(share) };
            let _ = write!(
                path,
                "{}{:.1} {:.1}",
                if step == 0 { 'M' } else { 'L' },
                axes.x(share),
                axes.y(latency)
            );
        }
        path
    }
}

/// Where a share of the requests and a latency stand in the picture.
struct Axes {
    /// The share that the last request marks: 0.999 of a thousand.
    last: f64,
    /// Powers of ten of µs: the lowest and the highest drawn.
    low: f64,
    high: f64,
}

impl Axes {
    #[expect(clippy::cast_precision_loss, reason = "counts and µs stay far below 2⁵²")]
    fn of(report: &Report) -> Axes {
        let count = report.count().max(10) as f64;
        let fastest = report.latency.min().max(1) as f64;
        let slowest = report.latency.max().max(micros(BUDGET)) as f64;
        Axes { last: 1.0 - 1.0 / count, low: fastest.log10().floor(), high: slowest.log10() + 0.1 }
    }

    /// How far right, from 0 to 1, a share stands: each nine as wide as the one before.
    fn along(&self, share: f64) -> f64 {
        (1.0 - share.min(self.last)).log10() / (1.0 - self.last).log10()
    }

    /// The share that stands so far right.
    fn share(&self, along: f64) -> f64 {
        1.0 - 10_f64.powf((1.0 - self.last).log10() * along)
    }

    fn x(&self, share: f64) -> f64 {
        MARGIN[0] + self.along(share) * (WIDTH - MARGIN[0] - MARGIN[1])
    }

    #[expect(clippy::cast_precision_loss, reason = "µs stay far below 2⁵²")]
    fn y(&self, micros: u64) -> f64 {
        let up = ((micros.max(1) as f64).log10() - self.low) / (self.high - self.low);
        HEIGHT - MARGIN[3] - up * (HEIGHT - MARGIN[2] - MARGIN[3])
    }

    /// 1, 10, 100, … µs, as far as they are drawn.
    fn decades(&self) -> impl Iterator<Item = u64> {
        let (low, high) = (self.low, self.high);
        (0..8_u32)
            .filter(move |&power| (low..=high).contains(&f64::from(power)))
            .map(|power| 10_u64.pow(power))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The points of the curve.
    fn points(svg: &str) -> Vec<(f64, f64)> {
        let path = svg.split("stroke=\"#1565c0\"").next().and_then(|head| head.rsplit("d=\"M").next());
        let path = path.and_then(|path| path.split('"').next()).expect("a curve");
        let point = |point: &str| {
            let (x, y) = point.split_once(' ').expect("two numbers");
            (x.parse().expect("a number"), y.parse().expect("a number"))
        };
        path.split('L').map(point).collect()
    }

    #[test]
    fn the_curve_rises_within_the_frame_and_the_budget_stands_above_it() {
        let mut report = Report::new(Some(100.0), 4);
        (1..=10_000).for_each(|micros| report.latency.saturating_record(micros));
        let svg = report.to_svg();
        let points = points(&svg);
        assert!(points.is_sorted_by(|a, b| a.0 <= b.0 && a.1 >= b.1), "{points:?}");
        let (first, last) = (points[0], points[points.len() - 1]);
        assert!((first.0 - MARGIN[0]).abs() < 0.1 && (last.0 - (WIDTH - MARGIN[1])).abs() < 0.1);
        let axes = Axes::of(&report);
        assert!((last.1 - axes.y(10_000)).abs() < 0.2, "{last:?}");
        assert!(axes.y(2_000_000) < last.1 && axes.y(2_000_000) > MARGIN[2]);
        assert!(svg.contains("99.9 %") && !svg.contains("99.999 %"), "10,000 requests tell of four nines");
    }

    #[test]
    fn a_run_without_requests_has_a_picture_too() {
        let svg = Report::new(None, 1).to_svg();
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && !svg.contains("NaN"), "{svg}");
    }
}
