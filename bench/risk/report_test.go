package main

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/bench/risk/world"
	"github.com/gatehouse-id/gatehouse/risk"
)

// tiny plays a small population once for all tests.
func tiny(t *testing.T) *outcome {
	t.Helper()
	o, err := play("tiny", 77, risk.DefaultWeights(), risk.DefaultWeights())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestPlay(t *testing.T) {
	o := tiny(t)
	if len(o.samples) < 1000 {
		t.Fatalf("%d samples", len(o.samples))
	}
	if again := tiny(t); !reflect.DeepEqual(again.samples, o.samples) {
		t.Error("a second run scores differently")
	}
	kinds := map[int16]int{}
	for _, s := range o.samples {
		kinds[s.group]++
		if s.history < 1 {
			t.Fatalf("a user without history was scored: %+v", s)
		}
		if s.scores[without] != s.scores[full] {
			t.Fatalf("the same weights score %v and %v", s.scores[without], s.scores[full])
		}
	}
	if kinds[honest] == 0 || kinds[int16(world.Naive)] == 0 || kinds[int16(world.VeryTargeted)] == 0 {
		t.Errorf("samples by kind: %v", kinds)
	}
	if o.profileLargest == 0 || o.profileLargest > risk.MaxProfile || o.profileMean <= 0 {
		t.Errorf("profiles of %.0f bytes on average and %d at most", o.profileMean, o.profileLargest)
	}
}

func TestTheEngineIsToldNothingOfTheTruth(t *testing.T) {
	s, err := newSubject(nil, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	e := world.Event{User: "u", Label: world.Legit, DeviceKey: "k", Trust: "cookie", Zone: 60, ZoneKnown: true}
	plain := s.attempt(&e)
	e.Label, e.History, e.Traits, e.Matched, e.Probe, e.Account = "naive", 9, world.Travelling, true, true, 5
	if got := s.attempt(&e); !reflect.DeepEqual(got, plain) {
		t.Errorf("with another truth the attempt is %+v, was %+v", got, plain)
	}
	s.masked = true
	if got := s.attempt(&e); got.Device != (risk.Device{}) {
		t.Errorf("masked, the engine still sees the device %+v", got.Device)
	}
}

func TestMaskedLearnsNoFailure(t *testing.T) {
	e := world.Event{User: "u", Account: 0, Result: "wrong_password", IP: world.Event{}.IP}
	for _, masked := range []bool{false, true} {
		s, err := newSubject(nil, 1, masked)
		if err != nil {
			t.Fatal(err)
		}
		before := s.profiles[0]
		good := e
		good.Result = "success"
		a := s.attempt(&good)
		s.learn(&good, &a, risk.None)
		if s.profiles[0] == before {
			t.Errorf("masked=%v: a success teaches nothing", masked)
		}
		learned := s.profiles[0]
		a = s.attempt(&e)
		a.Agent.Hash, a.Place.Country = 99, "ZZ"
		s.learn(&e, &a, risk.None)
		if masked && s.profiles[0] != learned {
			t.Error("masked, a failure teaches")
		}
	}
}

func TestReport(t *testing.T) {
	folder := t.TempDir()
	var out bytes.Buffer
	file := filepath.Join(folder, "report.json")
	if err := run([]string{"report", "-variants", "tiny:77,default:78", "-draws", "2", "-json", file, "-charts", folder}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"== tiny, seeds [77]: 50 users", "verytargeted", "travellers", "Freeman", "profiles:", " missed\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Populations []struct {
			Variant string
			Cells   []map[string]any
		}
		Targets []struct {
			What string
			Met  *bool
		}
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Populations) != 2 || len(doc.Populations[0].Cells) < 50 || len(doc.Targets) < len(goals) {
		t.Errorf("JSON holds %d populations and %d targets", len(doc.Populations), len(doc.Targets))
	}
	for _, name := range []string{"risk-roc-default.svg", "risk-reauthentication-default.svg", "risk-calibration-default.svg"} {
		if svg, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !bytes.HasPrefix(svg, []byte("<svg")) {
			t.Errorf("%s: %v, begins with %.20q", name, err, svg)
		}
	}
}

func TestJudge(t *testing.T) {
	good := &section{Variant: "good", Target: true}
	bad := &section{Variant: "bad", Target: true}
	ends := &section{Variant: "ends"} // does not count
	for _, s := range []*section{good, bad, ends} {
		for _, k := range world.Kinds() {
			x := number(1)
			if s != good && k == world.Targeted {
				x = .5
			}
			if s == ends {
				x = .1
			}
			for _, c := range []scorer{full, masked, simple, freeman} {
				s.Cells = append(s.Cells, cell{Scorer: scorerNames[c], Attacker: k.String(), Bucket: "all", Victims: "matched", N: 500, Honest: 5000, AUC: x, At1: x, At5: x})
			}
		}
		s.People = []people{{Rate5: .05}, {Rate5: .1}}
		s.Trust = []trust{{Scorer: scorerNames[full], Prior: .5, Error: .01}, {Scorer: scorerNames[full], Prior: .001, Error: .03}}
		s.Profiles.Largest = 900
	}
	ends.Profiles.Largest = 1025 // but the bound of a profile holds everywhere
	d := &document{Prior: .001, Populations: []*section{good, bad, ends}}
	d.judge()
	missed := map[string]string{}
	for _, x := range d.Targets {
		if !x.Met {
			missed[x.What] = x.Where
		}
	}
	want := map[string]string{
		"targeted auc": "bad", "targeted at5": "bad", "targeted at1": "bad",
		"calibration error at the stated prior": "good", "largest profile, bytes": "ends",
	}
	if worst := d.Targets[0]; worst.Worst != .1 || worst.WorstWhere != "ends" || !worst.Met {
		t.Errorf("naive auc: %+v, want it met with .1 in ends as the worst of all", worst)
	}
	if !reflect.DeepEqual(missed, want) || d.Missed != len(want) {
		t.Errorf("missed %v (%d), want %v", missed, d.Missed, want)
	}
}

func TestWhatIsNotMeasuredIsNotMet(t *testing.T) {
	d := &document{Prior: .001, LeftOut: "naive", Populations: []*section{{Variant: "empty", Target: true, People: make([]people, 2)}}}
	d.judge()
	for _, x := range d.Targets {
		if strings.HasPrefix(x.What, "naive") && x.Met {
			t.Errorf("%s counts as met without a figure", x.What)
		}
	}
}

func TestLead(t *testing.T) {
	s := &section{}
	add := func(c scorer, bucket string, n int, x number) {
		s.Cells = append(s.Cells, cell{Scorer: scorerNames[c], Attacker: "vpn", Bucket: bucket, Victims: "matched", N: n, Honest: 9000, AUC: x, At1: x, At5: x})
	}
	add(full, "all", 500, .9)
	add(freeman, "all", 500, .7)
	add(full, "12+", 500, .8)
	add(freeman, "12+", 500, .9)
	add(full, "1", 20, 0) // too few to tell
	add(freeman, "1", 20, 1)
	if got, where := s.lead(full, freeman, world.Kinds()); math.Abs(float64(got)+.1) > 1e-9 || where != "vpn 12+ auc" {
		t.Errorf("got a lead of %v in %q, want -0.1 in vpn 12+ auc", got, where)
	}
}

func TestBadArgumentsAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{}, {"dance"}, {"worlds", "-variant", "perfect"}, {"worlds", "-users", "-5"}, {"worlds", "-seed", "x"},
		{"worlds", "-set", "holiday"}, {"worlds", "-set", "training", "-seed", "4"},
		{"report", "-variants", "perfect"}, {"report", "-variants", "tiny:x"}, {"report", "-draws", "-1"}, {"report", "-jobs", "0"},
		{"report", "-weights", "/nowhere/weights.json"}, {"report", "-left-out", "nobody"},
		{"calibrate", "-seeds", "0"}, {"calibrate", "-steps", "-1"}, {"calibrate", "-variant", "perfect"},
	} {
		if err := run(args, io.Discard); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}

func TestWorldsWritesLabelledLines(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"worlds", "-seed", "3", "-variant", "tiny"}, &out); err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	if len(lines) < 1000 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, line := range lines {
		var got struct{ Time, User, Label, World string }
		if err := json.Unmarshal(line, &got); err != nil || got.Time == "" || got.User == "" || got.Label == "" || got.World != "tiny/3" {
			t.Fatalf("%s: %v", line, err)
		}
	}
}

func TestSets(t *testing.T) {
	for name, set := range sets {
		seen := map[worldOf]bool{}
		for _, w := range set {
			if seen[w] {
				t.Errorf("%s holds %v twice", name, w)
			}
			seen[w] = true
			if _, err := world.Of(w.variant, w.seed); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if w.seed >= 500 {
				t.Errorf("%s holds %v, which is for evaluation", name, w)
			}
			for other, members := range sets {
				for _, m := range members {
					if other != name && m == w {
						t.Errorf("%v is in %s and in %s", w, name, other)
					}
				}
			}
		}
	}
	for _, p := range populations {
		for _, seed := range p.seeds {
			if seed < 500 {
				t.Errorf("%s is reported on seed %d, which is for training", p.variant, seed)
			}
		}
	}
}
