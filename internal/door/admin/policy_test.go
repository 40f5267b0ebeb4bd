package admin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// policyAnswer is what GET .../policy tells, as far as tests look at it.
type policyAnswer struct {
	Version   int64
	Policy    json.RawMessage
	Author    string
	SetAt     *time.Time
	Effective struct {
		Mode, PolicyOf, RiskConfigurationOf string
		Policy                              struct {
			Breach   struct{ Response, Match, Unreadable string }
			Adaptive struct {
				Preset    string
				Detectors map[string]any
			}
			History struct{ Days int }
		}
		Levels    map[string]struct{ Action, By string }
		Passwords map[string]struct {
			Checked      bool
			Response, By string
		}
	}
}

func TestPolicyOfAPoolAndOfAClient(t *testing.T) {
	r := newRig(t, nil)
	at := r.town(t)
	pool, client := "/pools/"+at.pool+"/policy", "/pools/"+at.pool+"/clients/"+at.client+"/policy"
	get := func(path, wantTag string) (p policyAnswer) {
		t.Helper()
		got := r.call(t, "GET", path, "")
		got.into(t, &p)
		if got.header.Get("ETag") != wantTag {
			t.Errorf("%s: ETag %q, want %q", path, got.header.Get("ETag"), wantTag)
		}
		return p
	}
	set := func(path, match, body string, want int64) {
		t.Helper()
		var v struct{ Version int64 }
		got := r.call(t, "PUT", path, body, "If-Match", match)
		got.into(t, &v)
		if v.Version != want || got.header.Get("ETag") != fmt.Sprintf(`"%d"`, want) {
			t.Errorf("set: version %d, ETag %s, want %d", v.Version, got.header.Get("ETag"), want)
		}
	}

	p := get(pool, `"0"`)
	if p.Version != 0 || string(p.Policy) != "null" || p.Author != "" || p.SetAt != nil {
		t.Errorf("before anything is set: got %+v", p)
	}
	if e := p.Effective; e.Mode != "ENFORCED" || e.PolicyOf != "nobody" || e.RiskConfigurationOf != "nobody" || e.Policy.History.Days != 730 ||
		e.Levels["low"].Action != "BLOCK" || e.Levels["low"].By != "default" || len(e.Policy.Adaptive.Detectors) < 9 || !e.Passwords["signUp"].Checked {
		t.Errorf("what holds then: got %+v", e)
	}

	set(pool, `"0"`, `{"breach":{"response":"flag"},"adaptive":{"preset":"balanced"}}`, 1)
	p = get(pool, `"1"`)
	if p.Author != "first ("+r.master.AccessKeyID+")" || !p.SetAt.Equal(noon) || p.Effective.PolicyOf != "pool" || p.Effective.Passwords["signIn"].Response != "flag" {
		t.Errorf("after it is set: got %+v", p)
	}
	if string(p.Policy) != `{"breach":{"response":"flag"},"adaptive":{"preset":"balanced"}}` {
		t.Errorf("the document as it was set: got %s", p.Policy)
	}
	if p = get(client, `"0"`); p.Version != 0 || p.Effective.PolicyOf != "pool" || p.Effective.Levels["medium"].Action != "MFA_REQUIRED" {
		t.Errorf("a client without one of its own: got %+v", p)
	}
	set(client, "*", `{"breach":{"response":"none"}}`, 1)
	if p = get(client, `"1"`); p.Effective.PolicyOf != "client" || p.Effective.Levels["medium"].Action != "BLOCK" || p.Effective.Passwords["signIn"].Response != "none" {
		t.Errorf("a client with one of its own: got %+v", p)
	}
	if p = get(pool, `"1"`); p.Version != 1 || p.Effective.Passwords["signIn"].Response != "flag" {
		t.Errorf("the pool beside it: got %+v", p)
	}
	r.must(t, "SetRiskConfiguration", `{"UserPoolId":"`+at.pool+`","AccountTakeoverRiskConfiguration":{"Actions":{"HighAction":{"Notify":false,"EventAction":"MFA_REQUIRED"}}}}`)
	if p = get(pool, `"1"`); p.Effective.RiskConfigurationOf != "pool" || p.Effective.Levels["high"].Action != "MFA_REQUIRED" || p.Effective.Levels["low"].By != "riskConfiguration" {
		t.Errorf("with a risk configuration: got %+v", p.Effective)
	}

	t.Run("taken away, a client follows its pool again", func(t *testing.T) {
		got := r.call(t, "DELETE", client, "", "If-Match", "1")
		if got.status != 200 || got.header.Get("ETag") != `"2"` {
			t.Errorf("got %d %s", got.status, got.body)
		}
		if p := get(client, `"2"`); string(p.Policy) != "null" || p.Effective.PolicyOf != "pool" {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("a document of YAML is one like any other", func(t *testing.T) {
		for i, kind := range []string{"application/yaml", "text/yaml; charset=utf-8", "application/x-yaml"} {
			body := fmt.Sprintf("# a remark\n---\nbreach:\n  response: flag # and another\nhistory: {days: %d}\n", 30+i)
			if got := r.call(t, "PUT", pool, body, "If-Match", "*", "Content-Type", kind); got.status != 200 {
				t.Fatalf("%s: got %d %s", kind, got.status, got.body)
			}
			if p := get(pool, fmt.Sprintf(`"%d"`, i+2)); p.Effective.Policy.History.Days != 30+i {
				t.Errorf("%s: got %+v", kind, p)
			}
		}
	})
}

func TestVersions(t *testing.T) {
	r := newRig(t, nil)
	at := r.town(t)
	path := "/pools/" + at.pool + "/policy"
	for i := range 5 {
		if got := r.call(t, "PUT", path, fmt.Sprintf(`{"history":{"days":%d}}`, i+1), "If-Match", fmt.Sprint(i)); got.status != 200 {
			t.Fatalf("got %d %s", got.status, got.body)
		}
		r.clock.pass(time.Minute)
	}
	r.call(t, "DELETE", path, "")
	type version struct {
		Version int64
		Policy  *struct{ History struct{ Days int64 } }
		Author  string
		SetAt   time.Time
	}
	type page struct {
		Versions []version
		Next     string
	}
	list := func(query string) (p page) {
		t.Helper()
		r.call(t, "GET", path+"/versions"+query, "").into(t, &p)
		return p
	}
	t.Run("page by page, the newest first", func(t *testing.T) {
		var seen []int64
		for query, pages := "?limit=4", 0; ; pages++ {
			p := list(query)
			for _, v := range p.Versions {
				seen = append(seen, v.Version)
			}
			if p.Next == "" {
				break
			}
			if query = "?limit=4&before=" + p.Next; pages > 5 {
				t.Fatal("there is no end")
			}
		}
		if fmt.Sprint(seen) != "[6 5 4 3 2 1]" {
			t.Errorf("got %v", seen)
		}
		if p := list("?before=1"); len(p.Versions) != 0 || p.Next != "" {
			t.Errorf("before the first: got %+v", p)
		}
		if p := list(""); len(p.Versions) != 6 || p.Versions[0].Policy != nil || p.Versions[1].Policy.History.Days != 5 ||
			!p.Versions[5].SetAt.Equal(noon) || !strings.HasPrefix(p.Versions[5].Author, "first (AKIA") {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("an earlier one holds again", func(t *testing.T) {
		got := r.call(t, "POST", path+"/versions/2/rollback", "")
		var v version
		got.into(t, &v)
		if v.Version != 7 || list("?limit=1").Versions[0].Policy.History.Days != 2 {
			t.Errorf("got %+v", v)
		}
		refused(t, r.call(t, "POST", path+"/versions/1/rollback", "", "If-Match", "6"), 409, "ConcurrentModification", "The policy was changed meanwhile: read it again.")
	})
	t.Run("one that never was does not", func(t *testing.T) {
		for _, n := range []string{"0", "8", "-1", "+1", "01", "x", "9223372036854775807", "9223372036854775808"} {
			refused(t, r.call(t, "POST", path+"/versions/"+n+"/rollback", ""), 404, "ResourceNotFound", "The policy has no such version.")
		}
	})
	t.Run("a query that means nothing is refused", func(t *testing.T) {
		for query, message := range map[string]string{
			"?limit=0":           "limit is a number from 1 to 100.",
			"?limit=101":         "limit is a number from 1 to 100.",
			"?limit=x":           "limit is a number from 1 to 100.",
			"?before=0":          "before is the number of a version.",
			"?before=x":          "before is the number of a version.",
			"?after=1":           `The query has "after", which the operation does not know, or more than once.`,
			"?limit=1&limit=2":   `The query has "limit", which the operation does not know, or more than once.`,
			"?limit=%ff":         `The query has "limit", which the operation does not know, or more than once.`,
			"?" + longName + "=": `The query has "` + longName[:40] + `", which the operation does not know, or more than once.`,
		} {
			refused(t, r.call(t, "GET", path+"/versions"+query, ""), 400, "InvalidParameter", message)
		}
		for _, query := range []string{"limit=%zz", "limit=1;before=2"} { // AWS's signer would leave these out
			req := r.request(t, "GET", path+"/versions", "")
			sign(t, req, r.master, "gatehouse", "", r.clock.now())
			req.URL.RawQuery = query
			refused(t, r.do(t, req), 400, "InvalidParameter", "The query cannot be read.")
		}
	})
}

var longName = strings.Repeat("x", 500)

func TestPreconditions(t *testing.T) {
	r := newRig(t, nil)
	at := r.town(t)
	path := "/pools/" + at.pool + "/policy"
	put := func(header ...string) reply {
		t.Helper()
		return r.call(t, "PUT", path, `{}`, header...)
	}
	for range 2 {
		if got := put("If-Match", "*"); got.status != 200 {
			t.Fatalf("got %d %s", got.status, got.body)
		}
	}
	const meanwhile = "The policy was changed meanwhile: read it again."
	refused(t, put(), 428, "PreconditionRequired", "If-Match is missing: the version that the policy replaces, or * for whichever holds.")
	refused(t, put("If-Match", `"1"`), 409, "ConcurrentModification", meanwhile)
	refused(t, put("If-Match", "0"), 409, "ConcurrentModification", meanwhile)
	refused(t, put("If-Match", "3"), 412, "PreconditionNotMet", "The version that If-Match names never held.")
	refused(t, r.call(t, "DELETE", path, "", "If-Match", "1"), 409, "ConcurrentModification", meanwhile)
	for _, bad := range []string{`"1`, `1"`, `W/"2"`, `"1", "2"`, "", "-1", "x", "**", `""`, "9223372036854775808"} {
		refused(t, put("If-Match", bad), 400, "InvalidParameter", `If-Match is one version of the policy, such as "3", or * for whichever holds.`)
	}
	var got struct{ Version int64 }
	r.call(t, "GET", path, "").into(t, &got)
	if got.Version != 2 {
		t.Errorf("version %d holds after so many refusals, want 2", got.Version)
	}
}

func TestDocumentsThatAreRefused(t *testing.T) {
	r := newRig(t, nil)
	at := r.town(t)
	path := "/pools/" + at.pool + "/policy"
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat("*"+string(c-1)+",", 9), ","))
	}
	const cannot = "The policy cannot be used: "
	for _, c := range []struct{ story, kind, body, message string }{
		{"a member is misspelt", "json", `{"breach":{"minCount":5}}`, `it has the unknown member "/breach/minCount"`},
		{"so in YAML", "yaml", "breach:\n  minCount: 5\n", `it has the unknown member "/breach/minCount"`},
		{"one of a detector", "yaml", "adaptive: {detectors: {newDevice: {onn: true}}}", `it has the unknown member "/adaptive/detectors/newDevice/onn"`},
		{"one of a shadow", "json", `{"shadows":[{"name":"a","adaptive":{"presets":"x"}}]}`, `it has the unknown member "/shadows/0/adaptive/presets"`},
		{"a value is none", "json", `{"breach":{"response":"FLAG"}}`, `breach.response: "FLAG" is none of ["block" "flag" "none"]`},
		{"a wrong type", "json", `{"history":{"days":"x"}}`, "it has a wrong type at /history/days: found string"},
		{"out of bounds", "json", `{"history":{"days":4000}}`, "history.days: 4000 is not between 0 and 3650"},
		{"twice", "json", `{"breach":{},"breach":{}}`, "it has a duplicate member at byte 13"},
		{"a list", "json", `[]`, "it has a wrong type at /: found ["},
		{"no JSON", "json", `breach:`, "it is not valid JSON at byte 0"},
		{"nothing", "json", ``, "it ends too early"},
		{"too deep", "json", strings.Repeat(`{"a":`, 70) + strings.Repeat("}", 70), "it nests deeper than 64 levels"},
		{"too deep in YAML", "yaml", strings.Repeat("[", 20_000), "it nests deeper than 64 levels"},
		{"of too many words", "yaml", "[" + strings.Repeat("a,", 10_000) + "]", "it has more than 20000 words and signs"},
		{"too deep in lists", "yaml", strings.Repeat("- ", 20_000), "it nests deeper than 64 levels"},
		{"too deep in keys", "yaml", strings.Repeat("? ", 20_000), "it nests deeper than 64 levels"},
		{"a short document that is a long one", "yaml", bomb, "anchors and aliases of YAML are not taken (line 1)"},
		{"two documents", "yaml", "# one\n---\nbreach: {}\n---\nhistory: {days: 1}\n", "it is more than one document (line 4)"},
		{"something behind the end", "yaml", "breach: {}\n...\nhistory: {days: 1}\n", "it is more than one document (line 2)"},
		{"a merge", "yaml", "<<: {a: b}\n", "anchors and aliases of YAML are not taken (line 1)"},
	} {
		t.Run(c.story, func(t *testing.T) {
			got := r.call(t, "PUT", path, c.body, "If-Match", "*", "Content-Type", "application/"+c.kind)
			refused(t, got, 422, "InvalidPolicy", cannot+c.message)
		})
	}
	t.Run("no YAML", func(t *testing.T) {
		got := r.call(t, "PUT", path, "a: [", "If-Match", "*", "Content-Type", "application/yaml")
		if got.status != 422 || !strings.HasPrefix(got.message(), cannot+"it is no YAML: [1:4] ") {
			t.Errorf("got %d %s", got.status, got.body)
		}
	})
	t.Run("of a type that is none", func(t *testing.T) {
		for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "x", ""} {
			refused(t, r.call(t, "PUT", path, "{}", "If-Match", "*", "Content-Type", kind), 415, "UnsupportedMediaType",
				"The Content-Type of a policy must be application/yaml or application/json.")
		}
	})
	t.Run("too large", func(t *testing.T) {
		large := `{"breach":{}` + strings.Repeat(" ", 64<<10) + "}"
		refused(t, r.call(t, "PUT", path, large, "If-Match", "*"), 413, "RequestEntityTooLarge", "The request body is larger than 65536 bytes.")
	})
	t.Run("compressed", func(t *testing.T) {
		refused(t, r.call(t, "PUT", path, "{}", "If-Match", "*", "Content-Encoding", "gzip"), 415, "UnsupportedMediaType", "The request body must not be compressed.")
	})
	t.Run("of a pool or client that is not there", func(t *testing.T) {
		const nowhere = "There is no such user pool, or no such app client in it."
		for _, path := range []string{"/pools/us-east-1_Abcdefghi/policy", "/pools/" + at.pool + "/clients/none/policy", "/pools/%C3%BC/policy"} {
			refused(t, r.call(t, "PUT", path, "{}", "If-Match", "*"), 404, "ResourceNotFound", nowhere)
			refused(t, r.call(t, "GET", path, ""), 404, "ResourceNotFound", nowhere)
			refused(t, r.call(t, "DELETE", path, ""), 404, "ResourceNotFound", nowhere)
			refused(t, r.call(t, "GET", path+"/versions", ""), 404, "ResourceNotFound", nowhere)
			refused(t, r.call(t, "POST", path+"/versions/1/rollback", ""), 404, "ResourceNotFound", nowhere)
		}
	})
	var got struct{ Version int64 }
	r.call(t, "GET", path, "").into(t, &got)
	if got.Version != 0 {
		t.Errorf("version %d holds after so many refusals", got.Version)
	}
}

func TestOneOfManyWritersWins(t *testing.T) {
	r := newRig(t, nil)
	at := r.town(t)
	path := "/pools/" + at.pool + "/policy"
	const writers = 8
	statuses := make(chan int, writers)
	for range writers {
		req := r.request(t, "PUT", path, "{}", "If-Match", "0")
		sign(t, req, r.master, "gatehouse", "{}", r.clock.now())
		go func() {
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				statuses <- 0
				return
			}
			_ = res.Body.Close()
			statuses <- res.StatusCode
		}()
	}
	count := map[int]int{}
	for range writers {
		count[<-statuses]++
	}
	if count[200] != 1 || count[409] != writers-1 {
		t.Errorf("got %v, want one 200 and %d times 409", count, writers-1)
	}
}
