package agent_test

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/agent"
)

var update = flag.Bool("update", false, "write the golden files again")

const corpusFile = "testdata/agents.txt"

// row is one agent of the corpus and the line that stands under it.
type row struct {
	line  int
	agent string
	want  string
}

// corpus reads testdata/agents.txt: an agent at the beginning of a line, what
// is made of it on the next, after a tab.
func corpus(t testing.TB) []row {
	t.Helper()
	text, err := os.ReadFile(corpusFile)
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '\t':
			rows[len(rows)-1].want = line[1:]
		default:
			rows = append(rows, row{line: n, agent: line})
		}
	}
	return rows
}

// describe writes an agent as the corpus does.
func describe(a agent.Agent) string {
	flags := ""
	if a.Automation {
		flags = "automation"
	}
	if a.App {
		flags += "app"
	}
	return fmt.Sprintf("%s | %s | %d | %s | %s | %s | %s",
		a.DeviceName(), a.Family, a.Major, strings.TrimSpace(a.OS+" "+a.OSVersion), a.Class, flags, a.Model)
}

func TestParseReadsTheCorpus(t *testing.T) {
	if *update {
		rewrite(t)
	}
	rows := corpus(t)
	if len(rows) < 150 {
		t.Fatalf("the corpus has %d agents, want at least 150", len(rows))
	}
	for _, r := range rows {
		if got := describe(agent.Parse(r.agent)); got != r.want {
			t.Errorf("%s:%d: %s\n got  %s\n want %s", corpusFile, r.line, r.agent, got, r.want)
		}
	}
}

// rewrite keeps agents and comments and writes the lines between them again.
func rewrite(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(corpusFile)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "\t"):
		case line == "" || line[0] == '#':
			fmt.Fprintln(&out, line)
		default:
			fmt.Fprintf(&out, "%s\n\t%s\n", line, describe(agent.Parse(line)))
		}
	}
	if err := os.WriteFile(corpusFile, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
