(()=>{var r=["page","track","user","consent","reset"],o=()=>{let s=[],n={q:s};for(let t of r)n[t]=(...e)=>(s.push([t,e]),n);return n};window.selvedge||(window.selvedge=o());})();
