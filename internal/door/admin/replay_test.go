package admin_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/door/admin"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

func TestReplay(t *testing.T) {
	r := newRig(t, nil)
	at := r.town(t)
	r.user(t, at, "ann")
	for range 4 {
		r.signIn(t, at, "ann", secret)
	}
	path := "/pools/" + at.pool + "/replay"
	type replayed struct {
		Judged, Learned, Users, Touched int
		Candidate                       struct{ Blocked int }
		Differences                     []struct{ EventID string }
	}
	ask := func(body string) (x replayed) {
		t.Helper()
		r.call(t, "POST", path, body).into(t, &x)
		return x
	}
	if x := ask(`{}`); x.Judged != 4 || x.Users != 1 || x.Learned != 0 || x.Touched != 0 {
		t.Errorf("no policy, over all that is recorded: got %+v", x)
	}
	if x := ask(`{"since":"150m"}`); x.Judged != 3 || x.Learned != 1 {
		t.Errorf("of the last two and a half hours: got %+v", x)
	}
	// A sign-in of whom nothing is known is no more unusual than this one, so every level is reached.
	candidate := `"policy":{"adaptive":{"actions":{"low":"BLOCK","medium":"BLOCK","high":"BLOCK"},"detectors":{"levels":[-100,-99,-98]}}}`
	if x := ask(`{"since":"30d","differences":2,` + candidate + `}`); x.Candidate.Blocked != 4 || x.Touched != 1 || len(x.Differences) != 2 {
		t.Errorf("a policy that blocks everybody: got %+v", x)
	}
	if x := ask(`{"clientId":"` + at.client + `",` + candidate + `}`); x.Candidate.Blocked != 4 || len(x.Differences) != 0 {
		t.Errorf("one of the client: got %+v", x)
	}
	for body, want := range map[string]struct {
		status        int
		code, message string
	}{
		`{"policy":{"breach":{"x":1}}}`: {422, "InvalidPolicy", `The policy cannot be used: it has the unknown member "/breach/x"`},
		`{"since":"yesterday"}`:         {400, "InvalidParameter", "since is a time such as 2026-11-22T12:00:00Z, or how long ago, such as 12h or 30d."},
		`{"differences":1001}`:          {400, "InvalidParameter", "differences is a number from 0 to 1000."},
		`{"differences":-1}`:            {400, "InvalidParameter", "differences is a number from 0 to 1000."},
		`{"clientId":"none"}`:           {404, "ResourceNotFound", "There is no such user pool, or no such app client in it."},
		`{"window":"30d"}`:              {400, "Serialization", `The request body cannot be read: it has the unknown member "/window".`},
	} {
		refused(t, r.call(t, "POST", path, body), want.status, want.code, want.message)
	}
	refused(t, r.call(t, "POST", "/pools/us-east-1_Abcdefghi/replay", "{}"), 404, "ResourceNotFound", "There is no such user pool, or no such app client in it.")
}

func TestSince(t *testing.T) {
	for text, want := range map[string]time.Time{
		"":                          {},
		"2026-03-01T00:00:00Z":      noon.Add(-36 * time.Hour),
		"2026-03-01T01:00:00+01:00": noon.Add(-36 * time.Hour),
		"36h":                       noon.Add(-36 * time.Hour),
		"1.5d":                      noon.Add(-36 * time.Hour),
		"30d":                       noon.AddDate(0, 0, -30),
		"0s":                        noon,
	} {
		if got, err := admin.SinceOf(text, noon); err != nil || !got.Equal(want) {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"d", "-1d", "-1h", "30", "30 d", "9999999999999999999h", "2000000d", "36501d", "2026-03-01", "1h d"} {
		if got, err := admin.SinceOf(text, noon); err == nil {
			t.Errorf("%q: got %v, want it refused", text, got)
		}
	}
}

func TestReplaysAreOneAtATimeForAPool(t *testing.T) {
	d := admin.New(admin.Config{})
	for _, step := range []struct {
		pool string
		ends bool
		want bool
	}{
		{"a", false, true}, {"a", false, false}, {"b", false, true}, {"c", false, false}, {"a", true, true}, {"c", false, true}, {"a", false, false},
	} {
		if step.ends {
			admin.EndReplay(d, step.pool)
		} else if got := admin.BeginReplay(d, step.pool); got != step.want {
			t.Errorf("%+v: got %v", step, got)
		}
	}
}

func TestWhatTakesTooLongIsTold(t *testing.T) {
	db := storetest.Open(t)
	d := admin.New(admin.Config{AnyCredentials: true, Threat: threat.New(threat.Config{Store: db, Ring: sealtest.Ring(t)}), Log: report.New(report.Config{Logger: slog.New(slog.DiscardHandler)})})
	admin.Hurry(d)
	w, req := httptest.NewRecorder(), httptest.NewRequest("POST", "http://127.0.0.1"+admin.Prefix+"/pools/us-east-1_Abc/replay", strings.NewReader("{}"))
	req.Header.Set("Content-Type", "application/json")
	d.ServeHTTP(w, req)
	refused(t, reply{w.Code, w.Header(), w.Body.String()}, 503, "Timeout", "The request took longer than a request may; ask for less.")
}

// TestSlowOperationsOutliveTheServersPatience takes longer than the server lets a
// connection wait.
func TestSlowOperationsOutliveTheServersPatience(t *testing.T) {
	const patience = 300 * time.Millisecond
	ended := make(chan error, 1)
	slow := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := admin.TakeTime(w, r, time.Minute)
		defer cancel()
		select {
		case <-ctx.Done():
			ended <- ctx.Err()
		case <-time.After(3 * patience):
			ended <- nil
		}
		fmt.Fprint(w, "done")
	}))
	slow.Config.ReadTimeout, slow.Config.WriteTimeout = patience, patience
	slow.Start()
	defer slow.Close()
	res, err := http.Get(slow.URL)
	if err != nil {
		t.Fatalf("the answer never came: %v (the request ended with %v)", err, <-ended)
	}
	defer res.Body.Close()
	if err := <-ended; err != nil || res.StatusCode != 200 {
		t.Errorf("got %d; the request ended with %v", res.StatusCode, err)
	}
}
