package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/risk"
)

// smallWorld writes the labelled events of a pool: people at home with their phone,
// now and then with a new one, and strangers from elsewhere, with and without a
// campaign before them.
func smallWorld(name string, seed uint64) string {
	var b strings.Builder
	d, at := rand.New(rand.NewPCG(seed, 3)), time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)
	line := func(user int, label, result, key, place string, probe bool) {
		at = at.Add(time.Duration(1+d.IntN(300)) * time.Second)
		fmt.Fprintf(&b, `{"time":%q,"world":%q,"label":%q,"user":"u%d","deviceKey":%q,"deviceTrust":"cookie","result":%q,"probe":%t,"place":%s,"ip":"10.%d.%d.1"}`+"\n",
			at.Format(time.RFC3339), name, label, user, key, result, probe, place, user/250, user%250)
	}
	home := `{"country":"NO","asn":2119}`
	for visit := range 12 {
		for user := range 40 {
			key := fmt.Sprintf("phone-%d", user)
			if d.IntN(20) == 0 {
				key += "-new"
			}
			line(user, "legit", "success", key, home, false)
			away := fmt.Sprintf(`{"country":"X%d","asn":%d,"network":"hosting"}`, d.IntN(9), 60000+d.IntN(50))
			switch {
			case visit < 2:
			case user%4 == 0:
				line(user, "naive", "success", fmt.Sprint("strange", d.Uint32()), away, true)
			case user%4 == 1:
				for range 4 {
					line(d.IntN(40), "stuffing", "wrong_password", "", `{"country":"BR","asn":28573}`, false)
				}
				line(user, "stuffing", "success", "", `{"country":"BR","asn":28573}`, true)
			}
		}
	}
	return b.String()
}

// trainOn runs `gatehouse risk train` and gives its output, its complaints and what
// it wrote.
func trainOn(t *testing.T, events, calibration string, more ...string) (out, complaints string, weights []byte) {
	t.Helper()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	to := filepath.Join(dir, "weights.json")
	args := append([]string{"risk", "train", "--events", file("events", events), "--calibrate", file("calibration", calibration), "--out", to}, more...)
	var o, e bytes.Buffer
	code := run(t.Context(), args, nil, streams{&o, &e})
	if (code == 0) != (e.Len() == 0) {
		t.Fatalf("code %d, and said %q", code, e.String())
	}
	weights, _ = os.ReadFile(to)
	return o.String(), e.String(), weights
}

func TestRiskTrain(t *testing.T) {
	events := smallWorld("a", 1) + smallWorld("b", 2) + smallWorld("c", 3)
	others := smallWorld("d", 4) + smallWorld("e", 5)
	out, complaints, weights := trainOn(t, events, others, "--name", "of a test")
	if complaints != "" {
		t.Fatal(complaints)
	}
	t.Run("it tells what the weights achieve", func(t *testing.T) {
		for _, want := range []string{"ATTACKER", "naive", "stuffing"} {
			if !strings.Contains(out, want) {
				t.Errorf("no %s in\n%s", want, out)
			}
		}
	})
	t.Run("the weights are those of an engine, and say where they are from", func(t *testing.T) {
		w, err := risk.ReadWeights(bytes.NewReader(weights))
		if err != nil {
			t.Fatal(err)
		}
		if w.Name != "of a test" || !strings.Contains(strings.Join(strings.Fields(string(w.Training)), ""), `"training":["a","b","c"],"calibration":["d","e"]`) {
			t.Errorf("%s: %.200s", w.Name, w.Training)
		}
	})
	t.Run("the same lines give the same bytes", func(t *testing.T) {
		if _, _, again := trainOn(t, events, others, "--name", "of a test"); !bytes.Equal(again, weights) {
			t.Error("the second run wrote something else")
		}
	})
	t.Run("an attacker that is left out is not among the samples, and is measured", func(t *testing.T) {
		out, complaints, weights := trainOn(t, events, others, "--leave-out", "naive")
		if complaints != "" || !strings.Contains(out, "naive") {
			t.Errorf("%s%s", out, complaints)
		}
		text := string(weights)
		samples := text[strings.Index(text, `"samples"`):strings.Index(text, `"measured"`)]
		if strings.Contains(samples, "naive") || !strings.Contains(text, "--leave-out naive") {
			t.Error(samples)
		}
	})
}

func TestRiskTrainRefusals(t *testing.T) {
	good := smallWorld("a", 1)
	for _, c := range []struct {
		name, events string
		more         []string
		want         string
	}{
		{"a line without a label", good + `{"time":"2026-01-01T00:00:00Z","user":"u"}` + "\n", nil, ":%d: there is no label"},
		{"a line that is no event", good + "nonsense\n", nil, ":%d: byte 1: want an object"},
		{"nothing", "", nil, "0 honest samples and 0 attacks"},
		{"an attacker that does not come", good, []string{"--leave-out", "aliens"}, `no event is labelled "aliens"`},
	} {
		_, complaints, weights := trainOn(t, c.events, good, c.more...)
		if strings.Contains(c.want, "%d") {
			c.want = fmt.Sprintf(c.want, strings.Count(good, "\n")+1)
		}
		if !strings.Contains(complaints, c.want) {
			t.Errorf("%s: %q, want %s", c.name, complaints, c.want)
		}
		if weights != nil {
			t.Errorf("%s: weights were written", c.name)
		}
	}
}
