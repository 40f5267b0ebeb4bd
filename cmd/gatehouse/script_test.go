package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/geo/mmdbtest"
)

var update = flag.Bool("update", false, "rewrite the golden texts from what is printed now")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gatehouse": main})
}

// TestScripts runs testdata/*.txt: the command line as people and scripts meet it.
// Beside testscript's own commands they have:
//
//	serve ARGUMENT...       start gatehouse serve, wait for its first line, set $URL
//	stop                    SIGTERM, and a clean end
//	await FILE PATTERN      wait until a file that a server writes holds a match
//	api OPERATION [JSON]    call the server; its answer, or refusal, becomes standard output
//	until PATTERN OPERATION [JSON]   call the server until its answer holds a match
//	get PATH                fetch a document of the server; it becomes standard output
//	find NAME FILE PATTERN  set $NAME to the pattern's first group in a file
//	mask FILE               print a file with what differs between runs replaced
//	timeless FILE           print what a server tells of a pool or client, without when it was changed
//	databases               write city.mmdb and asn.mmdb, which know 81.166.0.0/16
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			env.Values[runningKey{}] = new(*process)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"serve": serveCommand,
			"stop":  stopCommand,
			"await": awaitCommand,
			"api":   apiCommand,
			"until": untilCommand,
			"find":  findCommand,
			"get":   getCommand,
			"mask":  maskCommand,

			"timeless": timelessCommand,

			"databases": databasesCommand,
		},
	})
}

func databasesCommand(ts *testscript.TestScript, _ bool, _ []string) {
	oslo := mmdbtest.Map{
		"country": mmdbtest.Map{"iso_code": "NO"}, "city": mmdbtest.Map{"names": mmdbtest.Map{"en": "Gjøvik"}},
		"location": mmdbtest.Map{"latitude": 60.8, "longitude": 10.69, "accuracy_radius": uint16(20)},
	}
	networks := mmdbtest.Map{"autonomous_system_number": uint32(64500), "autonomous_system_organization": "Example Fiber"}
	for name, file := range map[string][]byte{
		"city.mmdb": mmdbtest.File("GeoLite2-City", map[string]mmdbtest.Map{"81.166.0.0/16": oslo}),
		"asn.mmdb":  mmdbtest.File("GeoLite2-ASN", map[string]mmdbtest.Map{"81.166.0.0/16": networks}),
	} {
		ts.Check(os.WriteFile(ts.MkAbs(name), file, 0o600))
	}
}

// runningKey finds the script's server among its values.
type runningKey struct{}

func running(ts *testscript.TestScript) **process { return ts.Value(runningKey{}).(**process) }

func serveCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("to see a refusal, use ! exec gatehouse serve")
	}
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + ts.Getenv("HOME")}
	p, err := begin(ts.MkAbs("."), env, args...)
	ts.Check(err)
	*running(ts) = p
	ts.Setenv("URL", p.url)
	ts.Defer(func() {
		p.kill()
		<-p.read
		p.cmd.Wait() //nolint:errcheck // stopped already, or killed
	})
}

func stopCommand(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check((*running(ts)).stop())
}

func awaitCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: await FILE PATTERN")
	}
	pattern := regexp.MustCompile(args[1])
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		select {
		case <-(*running(ts)).read: // nothing more will come
			end = time.Time{}
		default:
		}
		if pattern.MatchString(ts.ReadFile(args[0])) {
			return
		}
	}
	ts.Fatalf("%s does not hold %q:\n%s\n%s", args[0], args[1], ts.ReadFile(args[0]), ts.ReadFile("serve.err"))
}

func apiCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 && len(args) != 2 {
		ts.Fatalf("usage: api OPERATION [JSON]")
	}
	in := body{}
	if len(args) == 2 {
		ts.Check(wire.Read([]byte(args[1]), &in))
	}
	var answer wire.Document
	server := &api{url: ts.Getenv("URL"), http: http.DefaultClient}
	err := server.call(context.Background(), args[0], in, &answer)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		fmt.Fprintln(ts.Stdout(), refused)
	case err != nil:
		ts.Fatalf("%v", err)
	default:
		fmt.Fprintf(ts.Stdout(), "%s\n", answer)
	}
	if neg != (err != nil) {
		ts.Fatalf("%s: got error %v, want an error: %t", args[0], err, neg)
	}
}

func untilCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 && len(args) != 3 {
		ts.Fatalf("usage: until PATTERN OPERATION [JSON]")
	}
	pattern, in := regexp.MustCompile(args[0]), body{}
	if len(args) == 3 {
		ts.Check(wire.Read([]byte(args[2]), &in))
	}
	var answer wire.Document
	server := &api{url: ts.Getenv("URL"), http: http.DefaultClient}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		ts.Check(server.call(context.Background(), args[1], in, &answer))
		if pattern.Match(answer) {
			return
		}
	}
	ts.Fatalf("%s does not come to %q: %s", args[1], args[0], answer)
}

func findCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: find NAME FILE PATTERN")
	}
	found := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if len(found) < 2 {
		ts.Fatalf("%s does not hold %q:\n%s", args[1], args[2], ts.ReadFile(args[1]))
	}
	ts.Setenv(args[0], found[1])
}

func getCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: get PATH")
	}
	resp, err := http.Get(ts.Getenv("URL") + strings.TrimSpace(args[0]))
	ts.Check(err)
	defer resp.Body.Close()
	_, err = io.Copy(ts.Stdout(), resp.Body)
	ts.Check(err)
}

// masks are what differs between two runs, and what stands for it.
var masks = []struct {
	pattern     *regexp.Regexp
	replacement string
}{
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+`), "URL"},
	{regexp.MustCompile(`us-east-1_[0-9A-Za-z]+`), "POOL"},
	{regexp.MustCompile(`\b[0-9a-z]{26}\b`), "CLIENT"},
	{regexp.MustCompile(`the code \d{6}`), "the code CODE"},
	{regexp.MustCompile(`PASSWORD=[^']+`), "PASSWORD=SECRET"},
	{regexp.MustCompile(`("?PASSWORD"?|password): "[^"]+"`), `$1: "SECRET"`},
	{regexp.MustCompile(`AKIA[A-Z2-7]{16}`), "KEYID"},
	{regexp.MustCompile(`SECRET_ACCESS_KEY=[A-Za-z0-9+/]{40}`), "SECRET_ACCESS_KEY=SECRET"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`), "TIME"},
}

var changed = regexp.MustCompile(`"(LastModifiedDate|EstimatedNumberOfUsers)":[0-9.e+]+,?`)

func timelessCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: timeless FILE")
	}
	_, err := fmt.Fprint(ts.Stdout(), changed.ReplaceAllString(ts.ReadFile(args[0]), ""))
	ts.Check(err)
}

func maskCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: mask FILE")
	}
	text := strings.ReplaceAll(ts.ReadFile(args[0]), ts.Getenv("WORK"), "WORK")
	for _, m := range masks {
		text = m.pattern.ReplaceAllString(text, m.replacement)
	}
	_, err := fmt.Fprint(ts.Stdout(), text)
	ts.Check(err)
}
