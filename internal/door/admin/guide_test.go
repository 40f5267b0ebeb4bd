package admin_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/server"
)

// TestGuide runs the examples of docs/guides/admin.md with the real curl, signed,
// against a server whose clock is that of this machine.
func TestGuide(t *testing.T) {
	for _, program := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: the examples of docs/guides/admin.md are not run, because there is no %s", program)
		}
	}
	if help, err := exec.Command("curl", "--help", "all").Output(); err != nil || !strings.Contains(string(help), "--aws-sigv4") || !strings.Contains(string(help), "--fail-with-body") {
		t.Skip("SKIPPED: the examples of docs/guides/admin.md are not run, because curl is too old to sign")
	}
	guide, err := os.ReadFile("../../../docs/guides/admin.md")
	if err != nil {
		t.Fatal(err)
	}
	script := "set -eu\n"
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllSubmatch(guide, -1) {
		script += string(block[1])
	}
	if n := strings.Count(script, "\nadmin "); n < 14 {
		t.Fatalf("the guide has only %d examples", n)
	}
	r := newRig(t, func(c *server.Config) { c.Now = nil })
	r.clock = nil // not the one that holds
	at := r.town(t)
	r.user(t, at, "ann")
	r.cognito(t, "InitiateAuth", `{"ClientId":"`+at.client+`","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"ann","PASSWORD":"`+secret+`"}}`)
	list, _ := r.events(t, at, "ann", "")

	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "URL="+r.url, "KEY="+r.master.AccessKeyID+":"+r.master.SecretAccessKey, "POOL="+at.pool, "USER=ann", "EVENT="+list[0].ID)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, stderr.String())
	}
	for _, want := range []string{
		`"by":"default"`, `{"version":1}`, `{"version":2}`, `{"version":3}`, `"judged":1`, `"events":[{"id":"` + list[0].ID, `"words":["ann tried`, `"changes":[{`, `"provider":"Admin"`, `"failures":[]`,
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the answers lack %s:\n%s", want, out)
		}
	}
	var export struct{ Username string }
	text, err := os.ReadFile(dir + "/export.json")
	if err != nil || json.Unmarshal(text, &export) != nil || export.Username != "ann" {
		t.Errorf("the export: got %q, %v", text, err)
	}
	if list, _ := r.events(t, at, "ann", ""); len(list) != 0 {
		t.Errorf("%d events are left", len(list))
	}
}
