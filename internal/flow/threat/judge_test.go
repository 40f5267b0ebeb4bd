package threat_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/risk"
)

// accustom lets a user sign in once a day, and gives the profile as stored.
func (p *past) accustom(user string, days int) []byte {
	p.Helper()
	for range days {
		at := p.judge.Context(p.pool, user, known, "")
		p.update(func(tx *store.Tx) error {
			return p.judge.Learn(tx, p.pool, nil, at, risk.Success, risk.None, true)
		})
		p.judge.LearnWorld(p.pool, nil, at, risk.Success, risk.None)
		p.now = p.now.AddDate(0, 0, 1)
	}
	return p.profile(user)
}

func (p *past) profile(user string) (image []byte) {
	p.Helper()
	err := p.store.View(p.Context(), func(tx *store.Tx) (err error) {
		image, err = tx.Profile(p.pool.ID, user)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		p.Fatal(err)
	}
	return image
}

var (
	known   = model.Origin{IP: office, UserAgent: browser, Fingerprint: model.Fingerprint{DeviceID: "kx3v9:1790000000000", Timezone: "-07:00"}}
	unknown = model.Origin{IP: abroad, UserAgent: strange}
)

func TestJudge(t *testing.T) {
	p := newPast(t, nil)
	image := p.accustom("ann", 20)
	judge := func(image []byte, o model.Origin, proved bool) *threat.Judgement {
		return p.judge.Judge(p.pool, nil, image, p.judge.Context(p.pool, "ann", o, ""), proved)
	}

	t.Run("a damaged profile is none, and held against the attempt", func(t *testing.T) {
		broken := slices.Clone(image)
		broken[len(broken)/2] ^= 1
		j := judge(broken, known, true)
		if _, lost := j.Assessment.Reason(risk.CodeProfileLost); !lost || j.Level() < risk.Medium {
			t.Errorf("got %v, %+v", j.Level(), j.Assessment.Reasons())
		}
	})
	t.Run("what was learned outlives the process", func(t *testing.T) {
		if err := p.judge.SaveWorlds(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := p.store.View(t.Context(), func(tx *store.Tx) error {
			_, err := tx.World(p.pool.ID)
			return err
		})
		if err != nil {
			t.Errorf("nothing was saved: %v", err)
		}
	})
	t.Run("an attempt whose password is wrong is rated, and nothing follows", func(t *testing.T) {
		if j := judge(image, unknown, false); j.Level() < risk.Medium || j.Action != model.NoAction || j.Notify || j.Learning {
			t.Errorf("got %v, %v", j.Level(), j.Action)
		}
	})
	t.Run("of a name that nobody has nothing is kept", func(t *testing.T) {
		at := p.judge.Context(p.pool, "?nobody", unknown, "guess")
		p.update(func(tx *store.Tx) error {
			return p.judge.Learn(tx, p.pool, nil, at, risk.WrongPassword, risk.None, false)
		})
		if image := p.profile("?nobody"); image != nil {
			t.Errorf("got %x", image)
		}
	})
	t.Run("neither profile nor event holds the id of a device", func(t *testing.T) {
		e := p.judge.Record(p.pool, "app", "ann", model.EventSignIn, model.EventPass, threat.Finding{}, known, "")
		if e.Detail.Device == "" || e.Detail.Device == known.Fingerprint.DeviceID {
			t.Errorf("got %q", e.Detail.Device)
		}
		if got, want := p.judge.ContextOf(e).Device, p.judge.Context(p.pool, "ann", known, "").Device; got != want {
			t.Errorf("the event gives %+v, the attempt %+v", got, want)
		}
	})
	t.Run("in the mode OFF nothing is judged", func(t *testing.T) {
		off := poolIn(model.ModeOff, nil)
		if j := p.judge.Judge(off, nil, image, p.judge.Context(off, "ann", unknown, ""), true); j != nil || j.Level() != risk.None {
			t.Errorf("got %+v", j)
		}
	})
}

// BenchmarkJudge is everything that threat protection does about a proved sign-in
// but the database, for a user with two years of daily ones; see docs/performance.md.
func BenchmarkJudge(b *testing.B) {
	p := newPast(b, nil)
	image := p.accustom("ann", 2*365)
	for name, from := range map[string]model.Origin{"known": known, "unknown": unknown} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			took := make([]time.Duration, 0, 1<<20)
			for b.Loop() {
				start := time.Now()
				at := p.judge.Context(p.pool, "ann", from, "Correct-Horse-7")
				j := p.judge.Judge(p.pool, nil, image, at, true)
				e := p.judge.Record(p.pool, "app", "ann", model.EventSignIn, model.EventPass, threat.Finding{}, from, "id")
				j.Explain(e, false)
				p.judge.LearnWorld(p.pool, nil, at, risk.Blocked, j.Level())
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
			b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
		})
	}
}
