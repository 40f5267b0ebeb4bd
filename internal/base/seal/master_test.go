package seal_test

import (
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/seal"
)

// aKey has both characters in which the alphabets of base64 differ.
const aKey = "++//AwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

func TestParseMaster(t *testing.T) {
	want, err := seal.ParseMaster(aKey)
	if err != nil {
		t.Fatal(err)
	}
	inURL := strings.NewReplacer("+", "-", "/", "_").Replace(aKey)
	for name, s := range map[string]string{
		"without padding":                   strings.TrimSuffix(aKey, "="),
		"in the URL alphabet":               inURL,
		"in the URL alphabet, not padded":   strings.TrimSuffix(inURL, "="),
		"with a line end, as a file has it": aKey + "\r\n",
	} {
		t.Run("is read "+name, func(t *testing.T) {
			got, err := seal.ParseMaster(s)
			if err != nil {
				t.Fatal(err)
			}
			if got.ID() != want.ID() {
				t.Errorf("it is key %s, want %s", got.ID(), want.ID())
			}
		})
	}

	long := base64.StdEncoding.EncodeToString(make([]byte, 33))
	for name, s := range map[string]string{
		"is empty":                         "",
		"is 31 bytes":                      base64.StdEncoding.EncodeToString(make([]byte, 31)),
		"is 33 bytes":                      long,
		"is hexadecimal":                   strings.Repeat("0f", 32),
		"is a passphrase":                  "correct horse battery staple, and then more",
		"has a line end within":            aKey[:20] + "\n" + aKey[21:],
		"has padding twice":                aKey + "=",
		"has bits after the end":           strings.TrimSuffix(aKey, "8=") + "9=",
		"has a character that is not text": "\xff" + aKey[1:],
	} {
		t.Run("is refused when it "+name, func(t *testing.T) {
			m, err := seal.ParseMaster(s)
			if err == nil {
				t.Fatalf("it is accepted, as key %s", m.ID())
			}
			if s != "" && strings.Contains(err.Error(), s) {
				t.Errorf("the error repeats the input: %v", err)
			}
		})
	}
}

func TestOpenMaster(t *testing.T) {
	t.Run("makes a key once, for its owner alone", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "master.key")
		first, created, err := seal.OpenMaster(path, nil)
		if err != nil || !created {
			t.Fatalf("OpenMaster = %v, %v; want a new key", created, err)
		}
		if got := mode(t, path); got != 0o600 {
			t.Errorf("the file has mode %04o, want 0600", got)
		}
		second, created, err := seal.OpenMaster(path, nil)
		if err != nil || created {
			t.Fatalf("OpenMaster again = %v, %v; want the key that is there", created, err)
		}
		third, err := seal.ReadMaster(path)
		if err != nil {
			t.Fatal(err)
		}
		if first.ID() != second.ID() || first.ID() != third.ID() {
			t.Errorf("the file is key %s, then %s, then %s", first.ID(), second.ID(), third.ID())
		}
		wantFiles(t, filepath.Dir(path), "master.key")
	})

	t.Run("gives all who start at once the same key", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "master.key")
		const starters = 20
		var wg sync.WaitGroup
		ids, made := make([]string, starters), make([]bool, starters)
		for i := range starters {
			wg.Go(func() {
				m, created, err := seal.OpenMaster(path, nil)
				if err != nil {
					t.Error(err)
					return
				}
				ids[i], made[i] = m.ID(), created
			})
		}
		wg.Wait()
		makers := 0
		for i := range ids {
			if ids[i] != ids[0] {
				t.Errorf("starter %d has key %s, starter 0 has %s", i, ids[i], ids[0])
			}
			if made[i] {
				makers++
			}
		}
		if makers != 1 {
			t.Errorf("%d starters say that they made the key, want 1", makers)
		}
		wantFiles(t, filepath.Dir(path), "master.key")
	})

	t.Run("refuses a file that others can reach, and says what to do", func(t *testing.T) {
		for _, m := range []fs.FileMode{0o640, 0o604, 0o620, 0o602, 0o644, 0o666} {
			path := keyFile(t, aKey, m)
			_, _, err := seal.OpenMaster(path, nil)
			if err == nil || !strings.Contains(err.Error(), "chmod 600 "+path) {
				t.Errorf("mode %04o: OpenMaster = %v, want an error that says chmod 600", m, err)
			}
		}
	})

	t.Run("never replaces a file that it cannot read as a key", func(t *testing.T) {
		path := keyFile(t, "not a key", 0o600)
		if _, created, err := seal.OpenMaster(path, nil); err == nil || created {
			t.Errorf("OpenMaster = %v, %v; want an error", created, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != "not a key" {
			t.Errorf("the file is now %q, %v", got, err)
		}
	})

	t.Run("does not make folders", func(t *testing.T) {
		if _, _, err := seal.OpenMaster(filepath.Join(t.TempDir(), "absent", "master.key"), nil); err == nil {
			t.Error("OpenMaster in an absent folder succeeds")
		}
	})
}

func TestReadMaster(t *testing.T) {
	t.Run("never makes a key", func(t *testing.T) {
		dir := t.TempDir()
		if _, err := seal.ReadMaster(filepath.Join(dir, "master.key")); err == nil {
			t.Error("ReadMaster of an absent file succeeds")
		}
		wantFiles(t, dir)
	})

	t.Run("lets the group read, but not write, and others nothing", func(t *testing.T) {
		for m, want := range map[fs.FileMode]bool{
			0o400: true, 0o600: true, 0o440: true, 0o640: true,
			0o660: false, 0o444: false, 0o644: false, 0o602: false,
		} {
			if _, err := seal.ReadMaster(keyFile(t, aKey, m)); (err == nil) != want {
				t.Errorf("mode %04o: ReadMaster = %v, want success %v", m, err, want)
			}
		}
	})

	t.Run("reads no endless file", func(t *testing.T) {
		if _, err := seal.ReadMaster("/dev/zero"); err == nil {
			t.Error("ReadMaster of /dev/zero succeeds")
		}
	})
}

func keyFile(t *testing.T, text string, mode fs.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "master.key")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // WriteFile heeds the umask
		t.Fatal(err)
	}
	return path
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}
