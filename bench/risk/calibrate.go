package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"github.com/gatehouse-id/gatehouse/bench/risk/baseline"
	"github.com/gatehouse-id/gatehouse/bench/risk/metric"
	"github.com/gatehouse-id/gatehouse/bench/risk/world"
)

// curve is what the published measure gives for one world: a value per
// published point, at the 12th and at the 30th sign-in.
type curve struct{ at12, at30 []float64 }

// freemanCurve runs Freeman over a world and measures as was published: victims
// drawn uniformly over users, and a first sign-in, of which the score cannot say
// anything, challenged.
func freemanCurve(p world.Params, seed uint64) (curve, error) {
	w, err := world.Make(p, seed)
	if err != nil {
		return curve{}, err
	}
	see, model := newObserver(), baseline.NewFreeman()
	attacks := map[string][]float64{}
	sequences := make([][]float64, p.Users)
	for e := range w.Events() {
		if e.Account < 0 || e.Result != "success" || e.Probe && e.Matched {
			continue
		}
		o := see.observe(e)
		_, score := model.Score(e.Account, &o)
		if e.Probe {
			attacks[e.Label] = append(attacks[e.Label], score)
			continue
		}
		sequences[e.Account] = append(sequences[e.Account], score)
		model.Learn(e.Account, &o)
	}
	var c curve
	for _, point := range published {
		threshold := metric.ThresholdFor(attacks[point.attacker], point.caught)
		c.at12 = append(c.at12, metric.Reauthentication(sequences, 12, threshold))
		c.at30 = append(c.at30, metric.Reauthentication(sequences, 30, threshold))
	}
	return c, nil
}

// meanCurve is the mean over seeds, and the largest distance of any one seed's
// value at the 12th sign-in from what was published.
func meanCurve(p world.Params, seeds []uint64) (mean curve, worst float64, err error) {
	mean.at12, mean.at30 = make([]float64, len(published)), make([]float64, len(published))
	for _, seed := range seeds {
		c, err := freemanCurve(p, seed)
		if err != nil {
			return mean, 0, err
		}
		for i := range published {
			mean.at12[i] += c.at12[i] / float64(len(seeds))
			mean.at30[i] += c.at30[i] / float64(len(seeds))
			worst = max(worst, math.Abs(c.at12[i]-published[i].at12))
		}
	}
	return mean, worst, nil
}

// misfit is what the search lowers: squared distances at both lengths, those
// beyond one challenge weighing more.
func misfit(c curve) float64 {
	sum := 0.0
	for i, point := range published {
		for _, pair := range [][2]float64{{c.at12[i], point.at12}, {c.at30[i], point.at30}} {
			off := math.Abs(pair[0] - pair[1])
			sum += off*off + 4*sq(max(0, off-oneChallenge))
		}
	}
	return sum
}

func sq(x float64) float64 { return x * x }

// levers are what the search may move, each within a range.
var levers = []struct {
	name   string
	lo, hi float64
	at     func(*world.Params) *float64
}{
	{"Rate", .8, 8, func(p *world.Params) *float64 { return &p.Rate }},
	{"RateSpread", .5, 1.4, func(p *world.Params) *float64 { return &p.RateSpread }},
	{"Burst", .05, .7, func(p *world.Params) *float64 { return &p.Burst }},
	{"Home", .8, .999, func(p *world.Params) *float64 { return &p.Home }},
	{"Employed", .02, .6, func(p *world.Params) *float64 { return &p.Employed }},
	{"OnPhone", .01, .4, func(p *world.Params) *float64 { return &p.OnPhone }},
	{"Elsewhere", .001, .05, func(p *world.Params) *float64 { return &p.Elsewhere }},
	{"Trips", .05, 2, func(p *world.Params) *float64 { return &p.Trips }},
	{"Moves", .005, .1, func(p *world.Params) *float64 { return &p.Moves }},
	{"Second", .02, .6, func(p *world.Params) *float64 { return &p.Second }},
	{"DeviceLife", 500, 5000, func(p *world.Params) *float64 { return &p.DeviceLife }},
	{"Stale", .01, .9, func(p *world.Params) *float64 { return &p.Stale }},
	{"UpdateLag", 3, 120, func(p *world.Params) *float64 { return &p.UpdateLag }},
	{"Detail", .01, 1, func(p *world.Params) *float64 { return &p.Detail }},
	{"Lease", 30, 4000, func(p *world.Params) *float64 { return &p.Lease }},
	{"CGNAT", .01, .5, func(p *world.Params) *float64 { return &p.CGNAT }},
	{"GeoError", .005, .2, func(p *world.Params) *float64 { return &p.GeoError }},
	{"PopularAgent", .3, 1, func(p *world.Params) *float64 { return &p.Attack.PopularAgent }},
	{"Hosting", .05, .98, func(p *world.Params) *float64 { return &p.Attack.Hosting }},
	{"SameCity", .05, .9, func(p *world.Params) *float64 { return &p.Attack.SameCity }},
	{"ExactAgent", .01, .9, func(p *world.Params) *float64 { return &p.Attack.ExactAgent }},
	{"Servers", .01, .9, func(p *world.Params) *float64 { return &p.Attack.Servers }},
	{"HomeLike", .001, .5, func(p *world.Params) *float64 { return &p.Attack.HomeLike }},
}

// calibrate searches for a world in which Freeman's curves are the published
// ones, or with -steps 0 tells how near the variant "calibrated" is.
func calibrate(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("calibrate", flag.ContinueOnError)
	steps := flags.Int("steps", 0, "of the search; 0 measures the variant as it is")
	first := flags.Uint64("seed", 601, "first of the seeds that are measured or searched on")
	count := flags.Int("seeds", 5, "how many of them")
	variant := flags.String("variant", "calibrated", "where to begin")
	users := flags.Int("users", 0, "of each world; 0 as the variant has it")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *count < 1 || *steps < 0 || *users < 0 {
		return errors.New("-seeds wants at least 1, -steps and -users at least 0")
	}
	p, err := world.Of(*variant, *first)
	if err != nil {
		return err
	}
	if *users > 0 {
		p.Users = *users
	}
	p.Attack.Every = 0 // Freeman learns nothing from failures
	p.Attack.Probes = justTheThree(p.Attack.Probes)
	seeds := make([]uint64, *count)
	for i := range seeds {
		seeds[i] = *first + uint64(i)
	}
	if *steps > 0 {
		if p, err = search(p, seeds, *steps, out); err != nil {
			return err
		}
	}
	return printCurves(p, seeds, out)
}

// justTheThree keeps the attackers whose curves were published, and makes them many.
func justTheThree(probes [world.NumKinds]float64) [world.NumKinds]float64 {
	clear(probes[:])
	for _, k := range []world.Kind{world.Naive, world.VPN, world.Targeted} {
		probes[k] = .25
	}
	return probes
}

// search is random descent: one to three levers moved at a time, the step
// growing when it helps and shrinking when it does not.
func search(p world.Params, seeds []uint64, steps int, out io.Writer) (world.Params, error) {
	d := rand.New(rand.NewPCG(seeds[0], 0xca1))
	c, worst, err := meanCurve(p, seeds)
	if err != nil {
		return p, err
	}
	best, scale := misfit(c), .6
	fmt.Fprintf(out, "start: misfit %.4f, worst point of any seed off by %.3f\n", best, worst)
	for step := range steps {
		try := p
		for range 1 + d.IntN(3) {
			l := levers[d.IntN(len(levers))]
			v := l.at(&try)
			*v = min(max(*v*math.Exp(scale*d.NormFloat64()), l.lo), l.hi)
		}
		c, worst, err := meanCurve(try, seeds)
		if err != nil {
			return p, err
		}
		if m := misfit(c); m < best {
			best, p, scale = m, try, min(scale*1.3, 1)
			fmt.Fprintf(out, "step %d: misfit %.4f, worst point of any seed off by %.3f\n", step, best, worst)
		} else {
			scale = max(scale*.985, .08)
		}
	}
	for _, l := range levers {
		fmt.Fprintf(out, "%s %.4g\n", l.name, *l.at(&p))
	}
	return p, nil
}

func printCurves(p world.Params, seeds []uint64, out io.Writer) error {
	fmt.Fprintf(out, "\n%d seeds from %d, %d users, %d days\n", len(seeds), seeds[0], p.Users, p.Days)
	c, _, err := meanCurve(p, seeds)
	if err != nil {
		return err
	}
	inside, farthest := 0, 0.0
	fmt.Fprintf(out, "%-10s %6s %10s %10s %10s %10s\n", "attacker", "caught", "12: here", "published", "30: here", "published")
	for i, point := range published {
		off := math.Abs(c.at12[i] - point.at12)
		farthest = max(farthest, off)
		if off <= oneChallenge {
			inside++
		}
		fmt.Fprintf(out, "%-10s %6.3f %10.3f %10.2f %10.3f %10.2f\n", point.attacker, point.caught, c.at12[i], point.at12, c.at30[i], point.at30)
	}
	fmt.Fprintf(out, "%d of %d points within one challenge of twelve; the farthest is off by %.3f\n", inside, len(published), farthest)
	return nil
}
