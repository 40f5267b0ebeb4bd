package compat

import (
	"os/exec"
	"strings"
	"testing"
)

// TestTheDemo starts what the README tells a newcomer to start, and types the
// lines that it prints to be copied.
func TestTheDemo(t *testing.T) {
	t.Parallel()
	s, err := start(t.TempDir(), "--demo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	if !s.out.await("Ctrl-C stops.") {
		t.Fatalf("the demo does not come to its end:\n%s\n%s", s.out.String(), s.err.String())
	}
	printed := s.out.String()
	for _, program := range []struct {
		title string
		run   func(t *testing.T, text string) *exec.Cmd
		want  string
	}{
		{"AWS CLI", func(t *testing.T, text string) *exec.Cmd {
			awsCLIs(t)
			return exec.Command("bash", "-euc", text)
		}, `"AccessToken"`},
		{"Python, boto3", func(t *testing.T, text string) *exec.Cmd {
			return exec.Command(pythons(t)[0], "-c", text)
		}, `'AccessToken'`},
		{"JavaScript, AWS SDK v3", func(t *testing.T, text string) *exec.Cmd {
			return inJavaScript(node(t), text)
		}, `AccessToken`},
		{"JavaScript, Amplify v6", func(t *testing.T, text string) *exec.Cmd {
			return inJavaScript(node(t), text)
		}, `isSignedIn: true`},
	} {
		t.Run(program.title, func(t *testing.T) {
			text := section(t, printed, program.title)
			cmd := program.run(t, text)
			cmd.Env = s.environment()
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), program.want) {
				t.Errorf("%v\n%s\n... printed:\n%s\n... want %s in it", err, text, out, program.want)
			}
		})
	}
}

func inJavaScript(node, text string) *exec.Cmd {
	cmd := exec.Command(node, "--input-type=module")
	cmd.Dir, cmd.Stdin = "js", strings.NewReader(text)
	return cmd
}

// section is what stands below "--- title", up to the next empty line.
func section(t *testing.T, printed, title string) string {
	t.Helper()
	_, rest, ok := strings.Cut(printed, "\n--- "+title+"\n")
	if !ok {
		t.Fatalf("the demo prints nothing for %s:\n%s", title, printed)
	}
	text, _, _ := strings.Cut(rest, "\n\n")
	return text + "\n"
}
