package fit

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/gatehouse-id/gatehouse/risk"
)

// Record says how weights came to be. Train adds what it knows itself.
type Record struct {
	How         string   `json:"how"`
	Training    []string `json:"training"`
	Calibration []string `json:"calibration"`
}

// written is the whole record.
type written struct {
	Record
	Seed     uint64             `json:"seed"`
	Trees    [2]int             `json:"trees"`
	Depth    int                `json:"depth"`
	Rate     float64            `json:"rate"`
	Leaf     int                `json:"leaf"`
	Ridge    float64            `json:"ridge"`
	Columns  float64            `json:"columns"`
	Rows     float64            `json:"rows"`
	Honest   float64            `json:"honest"`
	Emphasis map[string]float64 `json:"emphasis"`
	Campaign map[string]float64 `json:"campaigns"`
	Samples  map[string]int     `json:"samples"`
	Measured map[string]Figures `json:"measured"`
}

// Figures are what scores achieve against one kind of attacker, on the samples
// that were used for calibration and without rules.
type Figures struct {
	Attacks int     `json:"attacks"`
	AUC     float64 `json:"auc"`
	At1     float64 `json:"at1"` // share caught where 1 % of honest sign-ins are asked
	At5     float64 `json:"at5"`
}

// record writes the training record into the weights.
func (o *Options) record(w *risk.Weights, samples, calibration []Sample, r Record) error {
	all := written{
		Record: r, Seed: o.Seed, Trees: o.Trees, Depth: o.Depth, Rate: o.Rate, Leaf: o.Leaf, Ridge: o.Ridge, Columns: o.Columns,
		Rows: o.Rows, Honest: o.Honest, Emphasis: o.Emphasis, Campaign: o.Campaigns, Samples: map[string]int{}, Measured: Measure(w, calibration),
	}
	for i := range samples {
		all.Samples[cmp.Or(samples[i].Label, "honest")]++
	}
	text, err := json.Marshal(all) // maps are written in the order of their keys
	w.Training = text
	return err
}

// Labels are the kinds of attackers, sorted.
func Labels(figures map[string]Figures) []string { return sortedKeys(figures) }

// Measure tells what weights achieve against each kind of attacker among samples of
// known users.
func Measure(w *risk.Weights, samples []Sample) map[string]Figures {
	var honest []float64
	attacks := map[string][]float64{}
	for i := range samples {
		s := &samples[i]
		if s.Cold {
			continue
		}
		x := Score(w, &s.Features, false)
		if s.Label == "" {
			honest = append(honest, x)
		} else {
			attacks[s.Label] = append(attacks[s.Label], x)
		}
	}
	figures := map[string]Figures{}
	if len(honest) == 0 {
		return figures
	}
	slices.Sort(honest)
	for label, of := range attacks {
		figures[label] = measured(honest, of)
	}
	return figures
}

// measured compares attacks with honest scores in ascending order.
func measured(honest, attacks []float64) Figures {
	f := Figures{Attacks: len(attacks)}
	n := len(honest)
	one, five := honest[n-1-n/100], honest[n-1-n/20]
	for _, x := range attacks {
		below, _ := slices.BinarySearch(honest, x)
		upTo := below
		if below < n && honest[below] == x {
			upTo, _ = slices.BinarySearchFunc(honest, x, func(h, x float64) int {
				if h > x {
					return 1
				}
				return -1
			})
		}
		f.AUC += float64(below+upTo) / 2 / float64(n)
		if x > one {
			f.At1++
		}
		if x > five {
			f.At5++
		}
	}
	k := float64(len(attacks))
	return Figures{f.Attacks, round(f.AUC/k, 4), round(f.At1/k, 4), round(f.At5/k, 4)}
}
