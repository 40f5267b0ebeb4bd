package breach_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// TestAPublisherThatDied leaves what a kill between writing and renaming the manifest leaves.
func TestAPublisherThatDied(t *testing.T) {
	dir := t.TempDir()
	o := brx.Options{Tail: true}
	publish(t, dir, breach.Mount{Path: seen{"p": 1}.segment(t, dir, "a.brx", o), Role: breach.Base})
	leftover := filepath.Join(dir, breach.ManifestName+".tmp")
	if err := os.WriteFile(leftover, []byte(`{"version":1,"epo`), 0o600); err != nil {
		t.Fatal(err)
	}
	x := openIndex(t, dir, breach.Options{})
	counts(t, x, map[string]uint32{"p": 1, "q": 0})
	publish(t, dir, breach.Mount{Path: seen{"q": 1}.segment(t, dir, "b.brx", o), Role: breach.Base})
	if _, err := os.Stat(leftover); err == nil {
		t.Error("the next publisher left it there")
	}
	if _, err := x.Reload(); err != nil {
		t.Fatal(err)
	}
	counts(t, x, map[string]uint32{"p": 0, "q": 1})
}

func TestPublishRefusesBeforeItChanges(t *testing.T) {
	dir := t.TempDir()
	good := breach.Mount{Path: seen{"p": 1}.segment(t, dir, "a.brx", brx.Options{Tail: true}), Role: breach.Base}
	publish(t, dir, good)
	before, err := os.ReadFile(filepath.Join(dir, breach.ManifestName))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "half.brx"), make([]byte, 9000), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]breach.Mount{
		"half a segment":        {Path: "half.brx", Role: breach.Delta},
		"a segment that is not": {Path: "none.brx", Role: breach.Delta},
		"a path out of it":      {Path: "../a.brx", Role: breach.Delta},
	} {
		if _, err := breach.Publish(dir, m, good); err == nil {
			t.Errorf("%s was published", name)
		}
	}
	if after, err := os.ReadFile(filepath.Join(dir, breach.ManifestName)); string(after) != string(before) || err != nil {
		t.Errorf("the manifest changed, %v", err)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add(`{"version":1,"epoch":1,"published":"2026-01-01T00:00:00Z","segments":[]}`)
	f.Add(`{"version":1,"epoch":1,"published":"2026-01-01T00:00:00Z","segments":[{"path":"a.brx","sha256":"` + strings.Repeat("ab", 32) +
		`","role":"base","public":true}],"allow":[{"sha1":"` + strings.Repeat("ab", 20) +
		`","who":"a","why":"b","when":"2026-01-01T00:00:00Z","until":"2026-01-02T00:00:00Z"}]}`)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(dir, breach.ManifestName)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := breach.ReadManifest(dir)
		if err != nil {
			return
		}
		for _, s := range m.Segments {
			if !filepath.IsLocal(s.Path) {
				t.Errorf("%q leads out of the folder", s.Path)
			}
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, again, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := breach.ReadManifest(dir); err != nil {
			t.Errorf("what was read is refused when written: %v", err)
		}
	})
}
