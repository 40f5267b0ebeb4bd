package fit

import (
	"bytes"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/risk"
)

// crowd makes samples in which a new network and a new device speak for an attack,
// a new place does so together with a new clock, an unusual hour says nothing, and a
// known country is commoner among attacks, which a model must not learn.
func crowd(seed uint64, n int) []Sample {
	d := rand.New(rand.NewPCG(seed, 7))
	samples := make([]Sample, n)
	for i := range samples {
		s := &samples[i]
		s.Weight = 1
		f, more := &s.Features, 0.0
		switch i % 5 {
		case 3:
			s.Label, more = "targeted", 1
		case 4:
			s.Label, more = "stuffing", 0.6
			f[risk.AddressOdds] = float32(d.ExpFloat64() * 3)
		}
		noise := func(mean float64) float32 { return float32(math.Max(0, mean+d.NormFloat64())) }
		f[risk.NetworkNew], f[risk.DeviceNew] = noise(2*more), noise(2*more)
		f[risk.DeviceAndNetwork] = f[risk.NetworkNew] * f[risk.DeviceNew] / 4
		f[risk.HourUnusual] = noise(0)
		f[risk.CountryKnown] = noise(more)
		if s.Label == "targeted" {
			f[risk.ZoneNew], f[risk.PlaceNew] = 1.5, 1.5
		} else {
			f[[...]risk.Feature{risk.ZoneNew, risk.PlaceNew}[d.IntN(2)]] = 4 // no sum tells these apart
		}
		if s.Label == "" && d.IntN(50) == 0 {
			f[risk.AddressOdds] = float32(d.ExpFloat64())
		}
	}
	return samples
}

// few are options for small samples.
func few() Options {
	o := Default()
	o.Trees, o.Leaf = [2]int{20, 20}, 20
	return o
}

func train(t *testing.T, o Options) *risk.Weights {
	t.Helper()
	w, err := Train(o, crowd(1, 8000), crowd(2, 8000), Record{How: "a test"})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func bytesOf(t *testing.T, w *risk.Weights) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, w); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTrain(t *testing.T) {
	w := train(t, few())
	unseen := crowd(3, 8000)

	t.Run("what it never saw is told apart", func(t *testing.T) {
		for label, got := range Measure(w, unseen) {
			if got.Attacks != 1600 || got.AUC < 0.9 || got.At5 < 0.5 {
				t.Errorf("%s: %+v", label, got)
			}
		}
	})
	t.Run("trees add to what the logistic model knows", func(t *testing.T) {
		o := few()
		o.Trees = [2]int{}
		plain := Measure(train(t, o), unseen)["targeted"].AUC
		if grown := Measure(w, unseen)["targeted"].AUC; grown < plain+0.005 {
			t.Errorf("AUC %.4f with trees, %.4f without", grown, plain)
		}
	})
	t.Run("what speaks against its direction says nothing", func(t *testing.T) {
		for _, m := range []risk.Model{w.Identity, w.Campaign} {
			if x := m.Weights[risk.CountryKnown]; x > 0 {
				t.Errorf("a known country weighs %v", x)
			}
			for i := range m.Trees {
				if slices.Contains(m.Trees[i].Feature, int(risk.CountryKnown)) {
					t.Errorf("tree %d asks for the known country, which only attacks show here", i)
				}
			}
		}
	})
	t.Run("each channel keeps to its features", func(t *testing.T) {
		if x := w.Identity.Weights[risk.AddressOdds]; x != 0 {
			t.Errorf("reputation weighs %v in the identity channel", x)
		}
		if x := w.Campaign.Weights[risk.AddressOdds]; x <= 0 {
			t.Errorf("reputation weighs %v in the campaign channel", x)
		}
	})
	t.Run("more evidence never lowers a score", func(t *testing.T) {
		d := rand.New(rand.NewPCG(5, 5))
		for range 20_000 {
			v := unseen[d.IntN(len(unseen))].Features
			before := Score(w, &v, false)
			f := d.IntN(risk.NumFeatures)
			v[f] += float32(d.ExpFloat64())
			change := Score(w, &v, false) - before
			if change*float64(risk.FeatureTable[f].Direction) < -1e-6 {
				t.Fatalf("%s up: the score changes by %v", risk.FeatureTable[f].Name, change)
			}
		}
	})
	t.Run("the record says how it came to be", func(t *testing.T) {
		for _, want := range []string{`"how":"a test"`, `"honest":4800`, `"stuffing":1600`, `"measured"`} {
			if !strings.Contains(string(w.Training), want) {
				t.Errorf("no %s in %.300s", want, w.Training)
			}
		}
	})
}

func TestSameSamplesSameBytes(t *testing.T) {
	first := bytesOf(t, train(t, few()))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(5))
	if second := bytesOf(t, train(t, few())); !bytes.Equal(first, second) {
		t.Error("another number of processors gave other weights")
	}
	o := few()
	o.Seed = 2
	if other := bytesOf(t, train(t, o)); bytes.Equal(first, other) {
		t.Error("another seed gave the same weights")
	}
}

func TestWriteIsRead(t *testing.T) {
	text := bytesOf(t, train(t, few()))
	w, err := risk.ReadWeights(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if again := bytesOf(t, w); !bytes.Equal(again, text) {
		t.Error("what was read is written differently")
	}
	longest := 0
	for line := range bytes.Lines(text) {
		longest = max(longest, len(line))
	}
	if longest > 3000 {
		t.Errorf("a line of %d bytes is not for people", longest)
	}
}

// TestScoreIsTheEngines compares with the engine, which counts in 32 bits and
// walks trees in another form.
func TestScoreIsTheEngines(t *testing.T) {
	w := train(t, few())
	e, err := risk.New(risk.Config{Weights: w})
	if err != nil {
		t.Fatal(err)
	}
	d, p, now := rand.New(rand.NewPCG(6, 6)), new(risk.Profile), time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)
	for i := range 400 {
		now = now.Add(time.Duration(d.IntN(100)) * time.Hour)
		a := risk.Attempt{User: "ann", Time: now, Place: risk.Place{Country: "NO", ASN: uint32(1 + d.IntN(4))}, Device: risk.Device{Key: string(rune('a' + d.IntN(6)))}}
		got := e.Assess(&a, p, nil)
		if want := Score(w, &got.Features, got.Cold); math.Abs(got.Evidence-want) > 1e-3 {
			t.Fatalf("attempt %d: the engine says %v, fit %v", i, got.Evidence, want)
		}
		e.Learn(&a, p, nil, risk.Success, risk.None)
	}
}

func TestLevelsFollowBudgets(t *testing.T) {
	w, others := train(t, few()), crowd(2, 8000) // those it was calibrated on
	var honest []float64
	for i := range others {
		if others[i].Label == "" {
			honest = append(honest, Score(w, &others[i].Features, false))
		}
	}
	reach := func(cut float64) float64 {
		n := 0
		for _, x := range honest {
			if x >= cut {
				n++
			}
		}
		return float64(n) / float64(len(honest))
	}
	for _, c := range []struct{ cut, want float64 }{{w.Cuts.Low, lowShare}, {w.Cuts.Medium, mediumShare}} {
		if got := reach(c.cut); math.Abs(got-c.want) > 0.002 {
			t.Errorf("%.4f of honest samples reach %.2f, want %.4f", got, c.cut, c.want)
		}
	}
	if got := reach(w.Cuts.High); got > highShare+0.001 || w.Cuts.High < 0 {
		t.Errorf("%.4f of honest samples are high, from %v", got, w.Cuts.High)
	}
	for _, m := range marks[1:] { // the lowest scores are tied
		var at float64
		for _, p := range w.Scale {
			if p[1] == m.scale {
				at = p[0]
			}
		}
		if got := reach(at); math.Abs(got-m.share) > 0.004 {
			t.Errorf("scale %v is reached by %.4f, want %.4f", m.scale, got, m.share)
		}
	}
}

// TestScoresAreOdds: among samples whose score claims even odds, half are attacks,
// once both kinds are equally many.
func TestScoresAreOdds(t *testing.T) {
	w, unseen := train(t, few()), crowd(4, 40000)
	shift := logit(w.Prior)
	var claimed, seen, weight [10]float64
	for i := range unseen {
		p := sigmoid(Score(w, &unseen[i].Features, false) - shift)
		share := 1 / (0.6 * 2)
		if unseen[i].Label != "" {
			share = 1 / (0.4 * 2)
		}
		b := min(int(p*10), 9)
		weight[b] += share
		claimed[b] += share * p
		if unseen[i].Label != "" {
			seen[b] += share
		}
	}
	off := 0.0
	for b := range weight {
		off += math.Abs(claimed[b]-seen[b]) / float64(len(unseen))
	}
	if off > 0.03 {
		t.Errorf("calibration error %.4f", off)
	}
}

func TestLeftOut(t *testing.T) {
	o := few()
	o.Emphasis = map[string]float64{"targeted": 0}
	w := train(t, o)
	if got := Measure(w, crowd(3, 8000))["targeted"]; got.AUC < 0.85 {
		t.Errorf("a kind that is not learned from: %+v", got)
	}
}

func TestRefusals(t *testing.T) {
	good := crowd(1, 2000)
	with := func(change func(*Sample)) []Sample {
		s := slices.Clone(good)
		change(&s[3])
		return s
	}
	for _, c := range []struct {
		name    string
		o       func(*Options)
		samples []Sample
		want    string
	}{
		{"not a number", nil, with(func(s *Sample) { s.Features[risk.NetworkNew] = float32(math.NaN()) }), "sample 3: network_new is NaN"},
		{"below 0", nil, with(func(s *Sample) { s.Features[risk.Unseen] = -1 }), "sample 3: unseen is -1"},
		{"without end", nil, with(func(s *Sample) { s.Features[risk.Unseen] = float32(math.Inf(1)) }), "unseen is +Inf"},
		{"no weight", nil, with(func(s *Sample) { s.Weight = 0 }), "weight 0 is not above 0"},
		{"endless weight", nil, with(func(s *Sample) { s.Weight = float32(math.Inf(1)) }), "weight +Inf"},
		{"too few", nil, good[:100], "identity channel: 60 honest samples and 40 attacks"},
		{"none", nil, nil, "0 honest samples and 0 attacks"},
		{"no campaigns", func(o *Options) { o.Campaigns = nil }, good, "campaign channel: 1200 honest samples and 0 attacks"},
		{"prior", func(o *Options) { o.Prior = 0.7 }, good, "prior"},
		{"trees", func(o *Options) { o.Trees[1] = risk.MaxTrees + 1 }, good, "trees"},
		{"depth", func(o *Options) { o.Depth = risk.MaxDepth + 1 }, good, "depth"},
		{"rate", func(o *Options) { o.Rate = math.NaN() }, good, "rate"},
		{"honest", func(o *Options) { o.Honest = 0 }, good, "honest"},
		{"leaf", func(o *Options) { o.Leaf = 0 }, good, "leaf"},
		{"blend", func(o *Options) { o.Blend = 2 }, good, "blend"},
		{"emphasis", func(o *Options) { o.Emphasis = map[string]float64{"x": -1} }, good, `emphasis of "x"`},
	} {
		o := few()
		o.Trees = [2]int{1, 1}
		if c.o != nil {
			c.o(&o)
		}
		_, err := Train(o, c.samples, good, Record{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	if _, err := Train(few(), good, good[:50], Record{}); err == nil || !strings.Contains(err.Error(), "calibration") {
		t.Errorf("too few for calibration: %v", err)
	}
}

func TestMeasuredByHand(t *testing.T) {
	honest := make([]float64, 100)
	for i := range honest {
		honest[i] = float64(i)
	}
	// 98.5 beats 99 of 100; 50 beats 50 and ties one; -1 beats none.
	got := measured(honest, []float64{98.5, 50, -1, 94})
	want := Figures{4, round((0.99+0.505+0+0.945)/4, 4), 0.25, 0.25}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
