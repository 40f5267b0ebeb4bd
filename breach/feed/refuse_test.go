package feed_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/breach/feed"
)

// refused runs an import that must fail, and that must leave nothing.
func refused(t *testing.T, cfg feed.Config, want string) {
	t.Helper()
	_, err := feed.Import(context.Background(), cfg)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want one that says %q", err, want)
	}
	left, err := os.ReadDir(filepath.Dir(cfg.Out))
	if err != nil || len(left) != 0 {
		t.Errorf("the refused import left %v, %v", left, err)
	}
}

func TestWhatIsNoListOfHashesIsRefused(t *testing.T) {
	good := lines(entries(100), "\n")
	for name, c := range map[string]struct{ text, want string }{
		"an empty file":                  {"", "nothing to read"},
		"passwords":                      {"letmein\nsecret\n", "not lines of HASH"},
		"pairs":                          {"ann:letmein\n", "say which"},
		"NTLM hashes":                    {"8846F7EAEE8FB117AD06BDD830B7586C:12\n", "32 are NTLM"},
		"one answer of the range API":    {"003D68EB55068C33ACE09247EE4C639306B:3\n", "range API"},
		"UTF-16":                         {"\xff\xfe5\x00B\x00", "UTF-16"},
		"an NTLM hash among SHA-1":       {good + "8846F7EAEE8FB117AD06BDD830B7586C:12\n", "list.txt:101: wrong number of digits"},
		"a count that is none":           {good + "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF:many\n", "list.txt:101: no count"},
		"a count that is missing":        {good + "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF:\n", "list.txt:101: no count"},
		"a letter that is no digit":      {good + "FFFFFFFFFFFFFFFFFFFFGFFFFFFFFFFFFFFFFFFF:1\n", "list.txt:101: not hexadecimal"},
		"binary junk":                    {good + "\x00\x01\x02\n", "list.txt:101: not hexadecimal"},
		"a line of a megabyte":           {good + strings.Repeat("A", 1<<20) + "\n" + good, "list.txt:101: too long"},
		"a line longer than a block":     {good + strings.Repeat("A", 9<<20) + "\n" + good, "list.txt:101: too long"},
		"an endless line":                {good + strings.Repeat("A", 9<<20), "list.txt:101: too long"},
		"a gzip file that is cut":        {gzipped(lines(entries(9000), "\n"))[:60_000], "unexpected EOF"},
		"hashes of count 0 and no other": {"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF:0\n", "nothing to import"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(t, write(t, "list.txt", c.text))
			refused(t, cfg, c.want)
		})
	}
	t.Run("and the error never holds the line", func(t *testing.T) {
		_, err := feed.Import(context.Background(), config(t, write(t, "list.txt", good+"hunter2-is-my-password\n")))
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("but force goes on behind it, and tells how many lines and why", func(t *testing.T) {
		cfg := config(t, write(t, "list.txt", good+"junk\n8846F7EAEE8FB117AD06BDD830B7586C:12\n"+strings.Repeat("A", 9<<20)+"\n"))
		cfg.Force = true
		report, got := load(t, cfg)
		same(t, got, entries(100))
		if reasons := report.Tally.Reasons(); reasons != "1 not hexadecimal, 1 wrong number of digits, 1 too long" || report.Tally.Lines != 103 {
			t.Errorf("got %q of %d lines", reasons, report.Tally.Lines)
		}
		if report.Rejected == nil || !strings.HasSuffix(report.Rejected.Place, "list.txt:101") {
			t.Errorf("got first %+v", report.Rejected)
		}
	})
}

func TestAnExistingFileIsNeverOverwritten(t *testing.T) {
	cfg := config(t, write(t, "list.txt", lines(entries(10), "\n")))
	if err := os.WriteFile(cfg.Out, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := feed.Import(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), "never overwritten") {
		t.Errorf("got %v", err)
	}
	if data, err := os.ReadFile(cfg.Out); string(data) != "precious" {
		t.Errorf("the file was touched: %v", err)
	}
}

// corpus is the text of a whole corpus: about n lines in each range, and the probe.
func corpus(perRange func(prefix int) int) string {
	const probe = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:52256179\n"
	var b strings.Builder
	for prefix := range 1 << 20 {
		for i := range perRange(prefix) {
			fmt.Fprintf(&b, "%05X%010X%025X:2\n", prefix, i, prefix)
		}
		if prefix == 0x5BAA6 {
			b.WriteString(probe)
		}
	}
	return b.String()
}

func TestAPublishedCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("a million ranges")
	}
	one := func(int) int { return 1 }
	whole := corpus(one)
	complete := func(t *testing.T, text string) feed.Config {
		cfg := config(t, write(t, "pwned.txt", text))
		cfg.Complete = true
		return cfg
	}
	t.Run("passes, and its number of entries is known", func(t *testing.T) {
		report, err := feed.Import(context.Background(), complete(t, whole))
		if err != nil || report.Info.Entries != 1<<20+1 || len(report.Forced) != 0 {
			t.Errorf("got %d entries, %v, %v", report.Info.Entries, report.Forced, err)
		}
	})
	t.Run("cut short is refused", func(t *testing.T) {
		refused(t, complete(t, whole[:strings.Index(whole, "\n80000")+1]), "ranges are missing, the first is 80")
	})
	t.Run("with a range missing is refused", func(t *testing.T) {
		refused(t, complete(t, corpus(func(p int) int { return min(1, p^0xABCDE) })), "1 of 1048576 ranges are missing, the first is ABCDE")
	})
	t.Run("with a range far too long is refused, but for the first", func(t *testing.T) {
		refused(t, complete(t, corpus(func(p int) int {
			switch p {
			case 0, 0xBEEF:
				return 40
			}
			return 1
		})), "the first is 0BEEF with 40")
	})
	t.Run("out of order is refused", func(t *testing.T) {
		refused(t, complete(t, whole+whole[:43]), "pwned.txt:1048578: the hash is not above")
	})
	t.Run("without the best known password is refused", func(t *testing.T) {
		refused(t, complete(t, strings.Replace(whole, ":52256179", ":7", 1)), "was seen 7 times")
	})
	t.Run("smaller than the one before is refused", func(t *testing.T) {
		cfg := complete(t, whole)
		cfg.Previous = 1_100_000
		refused(t, cfg, "less than 98 %")
	})
	t.Run("passes by force, and the report tells what was wrong", func(t *testing.T) {
		cfg := complete(t, strings.Replace(whole[43:], ":52256179", ":7", 1))
		cfg.Force, cfg.Previous = true, 1_100_000
		report, err := feed.Import(context.Background(), cfg)
		if err != nil || len(report.Forced) != 3 {
			t.Errorf("got %q, %v, want three", report.Forced, err)
		}
	})
}

func TestAFolderOfRanges(t *testing.T) {
	list := entries(300)
	byRange := map[string][]entry{}
	for _, e := range list {
		p := fmt.Sprintf("%X", e.hash)[:5]
		byRange[p] = append(byRange[p], e)
	}
	suffixes := func(p string) string {
		var b strings.Builder
		for _, e := range byRange[p] {
			fmt.Fprintf(&b, "%s:%d\r\n", fmt.Sprintf("%X", e.hash)[5:], e.count)
		}
		return b.String()
	}
	folder := func(t *testing.T, file func(p string) (name, text string)) string {
		dir := t.TempDir()
		for p := range byRange {
			name, text := file(p)
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "README"), []byte("not a range"), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	for name, file := range map[string]func(p string) (string, string){
		"flat":          func(p string) (string, string) { return p, suffixes(p) },
		"as text":       func(p string) (string, string) { return p + ".txt", suffixes(p) },
		"in lower case": func(p string) (string, string) { return strings.ToLower(p) + ".txt", suffixes(p) },
		"nested, gzip":  func(p string) (string, string) { return p[:2] + "/" + p + ".gz", gzipped(suffixes(p)) },
		"nested, zstd": func(p string) (string, string) {
			return p[:1] + "/" + p[1:2] + "/" + p + ".txt.zst", zstandard(suffixes(p))
		},
		"with marks":        func(p string) (string, string) { return p, "\xef\xbb\xbf" + suffixes(p) },
		"without last ends": func(p string) (string, string) { return p, strings.TrimSpace(suffixes(p)) },
	} {
		t.Run(name, func(t *testing.T) {
			report, got := load(t, config(t, folder(t, file)))
			same(t, got, list)
			if report.Sorted {
				t.Error("it was sorted, which was not necessary")
			}
		})
	}
	t.Run("that is not complete is refused before it is read", func(t *testing.T) {
		cfg := config(t, folder(t, func(p string) (string, string) { return p, suffixes(p) }))
		cfg.Complete = true
		refused(t, cfg, "of 1048576 ranges are missing")
	})
	t.Run("with a bad line is refused, by the name of the file", func(t *testing.T) {
		bad := fmt.Sprintf("%X", list[150].hash)[:5]
		dir := folder(t, func(p string) (string, string) {
			if p == bad {
				return p, suffixes(p) + "<html>\n"
			}
			return p, suffixes(p)
		})
		refused(t, config(t, dir), fmt.Sprintf("%s:%d: not hexadecimal", filepath.Join(dir, bad), len(byRange[bad])+1))
	})
	t.Run("with a range twice is refused", func(t *testing.T) {
		dir := folder(t, func(p string) (string, string) { return p, suffixes(p) })
		p := fmt.Sprintf("%X", list[0].hash)[:5]
		if err := os.WriteFile(filepath.Join(dir, p+".txt"), []byte(suffixes(p)), 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, config(t, dir), "is there twice")
	})
	t.Run("without ranges is refused", func(t *testing.T) {
		refused(t, config(t, t.TempDir()), "holds no range file")
	})
}

func TestTheDiskIsFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("SKIPPED WITHOUT /dev/full")
	}
	cfg := config(t, write(t, "list.txt", lines(entries(5000), "\n")))
	cfg.Temp = t.TempDir()
	cfg.SafeEvery = 1
	cfg.Progress = func(p feed.Progress) {
		if err := os.Symlink("/dev/full", filepath.Join(cfg.Temp, "import.state.next")); err != nil && !errors.Is(err, os.ErrExist) {
			t.Error(err)
		}
	}
	_, err := feed.Import(context.Background(), cfg)
	var refusal *feed.Refusal
	if err == nil || !strings.Contains(err.Error(), "no space left") || errors.As(err, &refusal) {
		t.Errorf("got %v, want the system's word for a full disk", err)
	}
	if _, err := os.Stat(cfg.Out); err == nil {
		t.Error("there is a file nevertheless")
	}
}
