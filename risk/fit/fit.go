// Package fit gives the weights of package risk, made from labelled attempts.
//
//	samples ──> weights of samples: every kind of attacker counts, none drowns the rest
//	                │
//	   identity ────┴──── campaign        each channel for itself:
//	                │
//	   logistic model, signs fixed by risk.FeatureTable
//	                │  blend
//	   trees, boosted on top of it, monotone by bounds on every leaf
//	                │
//	   calibration on other samples: margin ──> log-likelihood ratio
//	                │
//	   both together ──> calibration ──> score ──> scale and cut points
//	                │
//	             risk.Weights, with a record of how they came to be
//
// The same samples and options give the same weights, bit for bit: nothing depends
// on the number of processors, on the clock or on the order of a map. What is made
// passes risk.Weights.Check, which demands that more evidence never lowers a score.
package fit

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gatehouse-id/gatehouse/risk"
)

// Sample is a completed sign-in, or an attempt of somebody who has the password.
type Sample struct {
	Features risk.Vector
	Label    string  // the kind of attacker; "" for the user
	Weight   float32 // beside others of its label, above 0
	Cold     bool    // nothing was known of the user: not for the identity channel
}

// Options say how to fit. The zero Options are not useful; begin with Default.
type Options struct {
	Name  string
	Prior float64 // share of attacks at which scores are calibrated
	Seed  uint64

	// Emphasis is how much a kind of attacker counts in the identity channel, 1 if
	// it is not named. Campaigns are the kinds that the campaign channel is for.
	Emphasis  map[string]float64
	Campaigns map[string]float64

	Honest float64 // weight of all honest samples beside that of all attacks

	Trees   [2]int  // of the identity and of the campaign channel
	Depth   int     // of each tree
	Rate    float64 // by which each tree's answer is shortened
	Leaf    int     // samples of a leaf, at least
	Ridge   float64 // added to the curvature of a leaf, in samples
	Columns float64 // share of the features that a tree may look at
	Rows    float64 // share of the samples that a tree is grown from

	Blend, Slack float64 // see risk.Weights
}

// Default are the options by which Gatehouse's own weights are made.
func Default() Options {
	return Options{
		Name: "trained", Prior: 0.001, Seed: 1,
		Emphasis: map[string]float64{
			"targeted": 3, "verytargeted": 3, "relay": 1.5, "insider": 0.15, "cookie": 0.7,
			"stuffing": 0.5, "spraying": 0.5, "guess": 0.5, "slow": 0.5,
		},
		Campaigns: map[string]float64{"stuffing": 1, "spraying": 1, "guess": 0.5, "slow": 0.5},
		Honest:    3,
		Trees:     [2]int{60, 30}, Depth: 4, Rate: 0.2, Leaf: 200, Ridge: 5, Columns: 0.6, Rows: 0.6,
		Blend: 0.2, Slack: 5,
	}
}

func (o *Options) check() error {
	share := func(x float64) bool { return x > 0 && x <= 1 }
	switch {
	case !(o.Prior > 0 && o.Prior <= 0.5):
		return errors.New("prior is not in (0, 0.5]")
	case !(o.Honest > 0) || math.IsInf(o.Honest, 0):
		return errors.New("the weight of honest samples is not above 0")
	case min(o.Trees[0], o.Trees[1]) < 0 || max(o.Trees[0], o.Trees[1]) > risk.MaxTrees:
		return fmt.Errorf("%v trees, not 0 to %d", o.Trees, risk.MaxTrees)
	case o.Depth < 1 || o.Depth > risk.MaxDepth:
		return fmt.Errorf("depth %d, not 1 to %d", o.Depth, risk.MaxDepth)
	case !share(o.Rate) || !share(o.Columns) || !share(o.Rows):
		return errors.New("rate and shares are not in (0, 1]")
	case o.Leaf < 1 || !(o.Ridge >= 0) || math.IsInf(o.Ridge, 0):
		return errors.New("a leaf needs at least 1 sample and a ridge of at least 0")
	case !(o.Blend >= 0 && o.Blend <= 1) || !(o.Slack >= 0 && o.Slack <= 30):
		return errors.New("blend is not in [0, 1], or slack not in [0, 30]")
	}
	for _, table := range []map[string]float64{o.Emphasis, o.Campaigns} {
		for label, x := range table {
			if !(x >= 0) || math.IsInf(x, 0) {
				return fmt.Errorf("emphasis of %.40q is not at least 0", label)
			}
		}
	}
	return nil
}

// least is how many samples of either kind a channel must have: fewer teach chance.
const least = 50

// Train fits both channels to samples and calibrates them on others, which should
// come from worlds that training has not seen. record is what the caller knows of
// both; it is written into the weights with what was measured.
func Train(o Options, samples, calibration []Sample, record Record) (*risk.Weights, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("fit: %w", err)
	}
	for name, set := range map[string][]Sample{"training": samples, "calibration": calibration} {
		if err := checkSamples(set); err != nil {
			return nil, fmt.Errorf("fit: %s: %w", name, err)
		}
	}
	w := &risk.Weights{Version: risk.WeightsVersion, Name: o.Name, Prior: o.Prior}
	for _, info := range risk.FeatureTable {
		w.Features = append(w.Features, info.Name)
	}
	prior := o.Prior / 2 // half of all attacks for each channel
	for c, model := range []*risk.Model{&w.Identity, &w.Campaign} {
		channel := risk.Channel(c)
		m, err := o.fitChannel(channel, samples)
		if err != nil {
			return nil, fmt.Errorf("fit: %v channel: %w", channel, err)
		}
		*model = *m
		model.Prior = prior
	}
	if err := o.calibrate(w, calibration); err != nil {
		return nil, fmt.Errorf("fit: calibration: %w", err)
	}
	if err := o.record(w, samples, calibration, record); err != nil {
		return nil, fmt.Errorf("fit: record: %w", err)
	}
	if err := w.Check(); err != nil {
		return nil, fmt.Errorf("fit: %w", err)
	}
	return w, nil
}

// checkSamples refuses numbers from which nothing can be learned.
func checkSamples(samples []Sample) error {
	for i := range samples {
		s := &samples[i]
		if !(s.Weight > 0) || math.IsInf(float64(s.Weight), 0) {
			return fmt.Errorf("sample %d: weight %v is not above 0", i, s.Weight)
		}
		for f, x := range s.Features {
			if !(x >= 0) || x > largestValue {
				return fmt.Errorf("sample %d: %s is %v", i, risk.FeatureTable[f].Name, x)
			}
		}
	}
	return nil
}

// largestValue is far above what any feature can be.
const largestValue = 1e6

// fitChannel fits the logistic model and the trees of one channel.
func (o *Options) fitChannel(c risk.Channel, samples []Sample) (*risk.Model, error) {
	d, err := o.gather(c, samples)
	if err != nil {
		return nil, err
	}
	m := &risk.Model{Blend: o.Blend, Slack: o.Slack}
	m.Bias, m.Weights = d.logistic()
	m.Trees = d.boost(o, m, o.Trees[c])
	return m, nil
}

// data are the samples of one channel, weighed.
type data struct {
	samples  []*Sample
	weight   []float32 // 1 on average
	attack   []bool
	features []int // those that the channel may weigh
}

// gather chooses the samples of a channel and weighs them: attacks by the emphasis
// of their kind, whatever their number, and honest ones as many as all attacks.
func (o *Options) gather(c risk.Channel, samples []Sample) (*data, error) {
	d := new(data)
	for f := range risk.FeatureTable {
		if c == risk.CampaignChannel || risk.FeatureTable[f].Channel == risk.IdentityChannel {
			d.features = append(d.features, f)
		}
	}
	totals := map[string]float64{}
	honest := 0
	for i := range samples {
		s := &samples[i]
		if c == risk.IdentityChannel && s.Cold || s.Label != "" && o.emphasis(c, s.Label) == 0 {
			continue
		}
		d.samples = append(d.samples, s)
		totals[s.Label] += float64(s.Weight)
		if s.Label == "" {
			honest++
		}
	}
	if attacks := len(d.samples) - honest; honest < least || attacks < least {
		return nil, fmt.Errorf("%d honest samples and %d attacks, want at least %d of each", honest, attacks, least)
	}
	kinds := 0.0
	for _, label := range sortedKeys(totals) {
		if label != "" {
			kinds += o.emphasis(c, label)
		}
	}
	n := float64(len(d.samples))
	for _, s := range d.samples {
		part := o.Honest / (1 + o.Honest)
		if s.Label != "" {
			part = o.emphasis(c, s.Label) / kinds / (1 + o.Honest)
		}
		d.weight = append(d.weight, float32(n*part*float64(s.Weight)/totals[s.Label]))
		d.attack = append(d.attack, s.Label != "")
	}
	return d, nil
}

// emphasis is how much a kind of attacker counts in a channel.
func (o *Options) emphasis(c risk.Channel, label string) float64 {
	if c == risk.CampaignChannel {
		return o.Campaigns[label]
	}
	if x, named := o.Emphasis[label]; named {
		return x
	}
	return 1
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
