package main

import (
	"math"

	"github.com/gatehouse-id/gatehouse/bench/risk/metric"
	"github.com/gatehouse-id/gatehouse/bench/risk/world"
	"github.com/gatehouse-id/gatehouse/risk"
)

// groupsOfPeople are those whom a careless engine would ask all the time.
var groupsOfPeople = []struct {
	name   string
	traits world.Traits
}{
	{"everybody", 0}, {"travellers", world.Travelling}, {"over a VPN", world.OverVPN}, {"over a relay", world.OverRelay},
	{"new device", world.NewDevice}, {"shared network", world.Shared}, {"just moved", world.NewHome},
}

func (s *section) measurePeople(samples []sample) {
	at1, at5 := s.table.Threshold(.01), s.table.Threshold(.05)
	for _, g := range groupsOfPeople {
		var n, all, one, five, medium float64
		for i := range samples {
			x := &samples[i]
			if x.group != honest {
				continue
			}
			all++
			if !x.traits.Has(g.traits) {
				continue
			}
			n++
			if x.scores[full] >= at1 {
				one++
			}
			if x.scores[full] >= at5 {
				five++
			}
			if x.level >= risk.Medium {
				medium++
			}
		}
		s.People = append(s.People, people{Who: g.name, Share: number(n / all), Rate1: number(one / n), Rate5: number(five / n), Medium: number(medium / n)})
	}
}

// measureReauthentication computes the published measure for the scorers that it
// was published for and for ours; victims are drawn uniformly, as there. A user's
// first sign-in has no score and is asked.
func (s *section) measureReauthentication(samples []sample, users int) {
	for _, c := range reauthScorers {
		sequences := make([][]float64, users)
		attacks := map[int16][]float64{}
		for i := range samples {
			x := &samples[i]
			switch {
			case x.group != honest && !x.matched:
				attacks[x.group] = append(attacks[x.group], x.scores[c])
			case x.group == honest:
				if sequences[x.user] == nil {
					sequences[x.user] = []float64{math.Inf(1)}
				}
				sequences[x.user] = append(sequences[x.user], x.scores[c])
			}
		}
		s.growth[c] = growth(sequences, metric.ThresholdFor(attacks[int16(world.Targeted)], .98))
		for _, k := range []world.Kind{world.Naive, world.VPN, world.Targeted, world.VeryTargeted} {
			for _, caught := range []float64{.995, .99, .98} {
				threshold := metric.ThresholdFor(attacks[int16(k)], caught)
				s.Reauth = append(s.Reauth, reauth{
					Scorer: scorerNames[c], Attacker: k.String(), Caught: number(caught),
					At12: number(metric.Reauthentication(sequences, 12, threshold)), At30: number(metric.Reauthentication(sequences, 30, threshold)),
				})
			}
		}
		if c == full || c == freeman {
			t := fill(samples, c, buckets[0], true)
			for _, budget := range []float64{.01, .05} {
				median, mean := metric.Challenges(active(sequences), t.Threshold(budget))
				s.Burden = append(s.Burden, burden{scorerNames[c], number(budget), number(median), number(mean)})
			}
		}
	}
}

// reauthScorers are those for which the published measure is computed.
var reauthScorers = []scorer{simple, freeman, masked, full}

// lengths of history at which the measure is drawn.
var lengths = []int{2, 3, 4, 6, 8, 12, 16, 20, 25, 30}

func growth(sequences [][]float64, threshold float64) []float64 {
	shares := make([]float64, len(lengths))
	for i, h := range lengths {
		shares[i] = metric.Reauthentication(sequences, h, threshold)
	}
	return shares
}

// active are the users who came at least twice, without the first sign-in.
func active(sequences [][]float64) [][]float64 {
	var out [][]float64
	for _, scores := range sequences {
		if len(scores) > 1 {
			out = append(out, scores[1:])
		}
	}
	return out
}

// measureCalibration compares claimed with true shares, at equal numbers of
// honest and attacking attempts and at the prior that the weights state. All
// kinds of attackers weigh as they occur in the world.
func (s *section) measureCalibration(samples []sample, prior float64) {
	var nHonest, nAttack float64
	for i := range samples {
		if samples[i].group == honest {
			nHonest++
		} else {
			nAttack++
		}
	}
	for _, c := range []scorer{logistic, evidence, full} {
		for _, at := range []float64{.5, prior} {
			var cal metric.Calibration
			shift := logit(at) - logit(prior)
			for i := range samples {
				x := &samples[i]
				weight := (1 - at) / nHonest
				if x.group != honest {
					weight = at / nAttack
				}
				cal.Add(1/(1+math.Exp(-x.scores[c]-shift)), x.group != honest, weight)
			}
			s.Trust = append(s.Trust, trust{scorerNames[c], number(at), number(cal.Error()), number(cal.Brier())})
			if c == full && at == .5 {
				s.bins = cal.Bins()
			}
		}
	}
}

func logit(p float64) float64 { return math.Log(p / (1 - p)) }
