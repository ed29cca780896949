package main

import "testing"

func TestYesIsYesAndNoIsNo(t *testing.T) {
	for answer, want := range map[string]Consent{"yes": Granted, "no": Denied, "YES!": Pending} {
		if got := Map(Dict{{"consent", answer}}, nil); got != want {
			t.Errorf("%q: %d, not %d", answer, got, want)
		}
	}
}

func TestWhereThereIsNoCookieNothingIsKnown(t *testing.T) {
	if got := Map(nil, nil); got != Unknown {
		t.Errorf("%d, not Unknown", got)
	}
}
