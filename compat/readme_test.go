package compat

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheReadme keeps README.md true: what it says is typed, and what it shows is compared.
func TestTheReadme(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(data)
	t.Run("shows what the demo prints", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		s, err := start(folder, "--demo")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.stop)
		const after = "\nTo sign ann in yourself."
		if !s.out.await(after) {
			t.Fatalf("the demo does not come to its end:\n%s\n%s", s.out.String(), s.err.String())
		}
		printed, _, _ := strings.Cut(s.out.String(), after)
		printed = strings.NewReplacer(s.url, "http://127.0.0.1:9470", folder, "gatehouse-data/demo").Replace(printed)
		if got, want := masked(printed), masked(block(t, readme, "demo output")); got != want {
			t.Errorf("the demo prints, ids and codes apart:\n%s\nREADME.md shows:\n%s", got, want)
		}
	})
	t.Run("tells commands of the AWS CLI that work", func(t *testing.T) {
		t.Parallel()
		s := dev(t)
		script := strings.ReplaceAll(block(t, readme, "run"), "http://127.0.0.1:9470", s.url)
		if !strings.Contains(script, s.url) {
			t.Fatal("the commands do not name the server")
		}
		if !knowsTiers(awsCLIs(t)[0]) {
			t.Skip("SKIPPED WITHOUT an AWS CLI that knows --user-pool-tier (end of 2024)")
		}
		out := s.play(t, "bash", "-euc", script)
		for _, want := range []string{"refused, as it should be", "UserSub", "AccessToken"} {
			if !strings.Contains(out, want) {
				t.Errorf("got\n%s\nwant %s in it", out, want)
			}
		}
	})
	t.Run("shows a configuration that holds", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "gatehouse.yaml")
		if err := os.WriteFile(path, []byte(block(t, readme, "config")), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(binary, "config", "check", "--config", path).CombinedOutput(); err != nil {
			t.Errorf("gatehouse config check: %v\n%s", err, out)
		}
	})
	t.Run("names commands that exist", func(t *testing.T) {
		for _, command := range []string{"serve", "config check", "config doc", "access-key create"} {
			if !strings.Contains(readme, command) {
				t.Errorf("README.md no longer speaks of %q: this list can be shorter", command)
			}
			if out, err := exec.Command(binary, append(strings.Fields(command), "--help")...).CombinedOutput(); err != nil {
				t.Errorf("gatehouse %s --help: %v\n%s", command, err, out)
			}
		}
	})
	t.Run("links to files that exist", func(t *testing.T) {
		for _, page := range []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"} {
			text, err := os.ReadFile(filepath.Join("..", page))
			if err != nil {
				t.Fatal(err)
			}
			for _, link := range regexp.MustCompile(`\]\(([^):#]+)\)`).FindAllStringSubmatch(string(text), -1) {
				if _, err := os.Stat(filepath.Join("..", link[1])); err != nil {
					t.Errorf("%s links to %s: %v", page, link[1], err)
				}
			}
		}
	})
}

// TestTheMap keeps ARCHITECTURE.md true: it names every package and repeats the import rules.
func TestTheMap(t *testing.T) {
	data, err := os.ReadFile("../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	drawn := string(data)
	for _, pattern := range []string{"../internal/*/", "../internal/*/*/", "../cmd/*/"} {
		folders, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range folders {
			if files, _ := filepath.Glob(filepath.Join(folder, "*.go")); len(files) > 0 && !strings.Contains(drawn, filepath.Base(folder)+"/") {
				t.Errorf("the map lacks %s", strings.TrimPrefix(filepath.Clean(folder), "../"))
			}
		}
	}
	rules, err := os.ReadFile("../internal/layers_test.go")
	if err != nil {
		t.Fatal(err)
	}
	sideways := regexp.MustCompile(`\{"internal/(.+)", "internal/(.+)"\}: +"(.+)",`).FindAllStringSubmatch(string(rules), -1)
	if len(sideways) < 5 {
		t.Fatalf("found only %d imports sideways: layers_test.go is written differently now", len(sideways))
	}
	for _, rule := range sideways {
		if row := "| " + strings.Join(rule[1:], " | ") + " |"; strings.HasPrefix(rule[1], "flow/") && !strings.Contains(drawn, row) {
			t.Errorf("the map lacks the row %s", row)
		}
	}
}

// block is the fenced block below the comment that begins with this mark.
func block(t *testing.T, readme, mark string) string {
	t.Helper()
	_, rest, ok := strings.Cut(readme, "<!-- "+mark+":")
	if !ok {
		t.Fatalf("README.md has no block marked %q", mark)
	}
	_, rest, _ = strings.Cut(rest, "```")
	_, rest, _ = strings.Cut(rest, "\n")
	text, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatalf("the block marked %q does not end", mark)
	}
	return text
}

// masked replaces what differs from run to run.
func masked(text string) string {
	for pattern, word := range map[string]string{
		`us-east-1_[0-9A-Za-z]{9}`:   "<pool>",
		`\b[0-9a-z]{26}\b`:           "<client>",
		`(with the code) [0-9]{6}\b`: "$1 <code>",
	} {
		text = regexp.MustCompile(pattern).ReplaceAllString(text, word)
	}
	return strings.TrimSpace(text)
}
