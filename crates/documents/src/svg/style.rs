//! Colours and letters. Contrast of text to its box is at least 4.5 to 1 in both lights.

/// The style sheet.
pub const STYLE: &str = "<style>
text{font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Inter,Helvetica,Arial,'Liberation Sans',sans-serif}
.heading{font-size:22px;font-weight:700}.summary{font-size:14px}.title{font-size:15px;font-weight:600}.frame-title{font-size:15px;font-weight:700}
.caption{font-size:12px}.line{font-size:12px}.label{font-size:12px}.key{font-size:12px}
.canvas{fill:#ffffff}.heading,.title,.frame-title{fill:#14202b}.line{fill:#33424f}.summary,.caption,.key,.label{fill:#4a5966}
.frame{fill:#5b7083;fill-opacity:.045;stroke:#8497a8;stroke-width:1.3;stroke-dasharray:6 4}
.way{fill:none;stroke:#64788a;stroke-width:1.6}.dashed{stroke-dasharray:5 4}.head{fill:#64788a}.halo{fill:#ffffff;fill-opacity:.93}
.box{stroke-width:1.5}.cut{fill:none;stroke:#ffffff;stroke-width:1.3}
.person .box{fill:#eef1fe;stroke:#4263c9}.person .sign{fill:#4263c9}
.outside .box{fill:#f3f5f7;stroke:#7b8a98}.outside .sign{fill:#7b8a98}
.way-in .box{fill:#e4f7f8;stroke:#0b8290}.way-in .sign{fill:#0b8290}
.service .box{fill:#e9f3fd;stroke:#1b6fc2}.service .sign{fill:#1b6fc2}
.app .box{fill:#eaf8ec;stroke:#2b8a3e}.app .sign{fill:#2b8a3e}
.store .box{fill:#fff3e6;stroke:#cf5a0c}.store .sign{fill:#cf5a0c}
.ground .box{fill:#f4f0fd;stroke:#7048c6}.ground .sign{fill:#7048c6}
@media (prefers-color-scheme:dark){
.canvas{fill:#0e151c}.heading,.title,.frame-title{fill:#eef4f9}.line{fill:#c9d5df}.summary,.caption,.key,.label{fill:#a9b8c5}
.frame{fill:#9db4c8;fill-opacity:.05;stroke:#5b7083}.way{stroke:#8ba0b3}.head{fill:#8ba0b3}.halo{fill:#0e151c}.cut{stroke:#0e151c}
.person .box{fill:#1a2347;stroke:#8fa5f5}.person .sign{fill:#8fa5f5}
.outside .box{fill:#1c252d;stroke:#8896a3}.outside .sign{fill:#8896a3}
.way-in .box{fill:#0b2b30;stroke:#3fbfcc}.way-in .sign{fill:#3fbfcc}
.service .box{fill:#0f2740;stroke:#5aa9f2}.service .sign{fill:#5aa9f2}
.app .box{fill:#10301a;stroke:#58c470}.app .sign{fill:#58c470}
.store .box{fill:#3a2110;stroke:#f39a55}.store .sign{fill:#f39a55}
.ground .box{fill:#261b40;stroke:#ac8df0}.ground .sign{fill:#ac8df0}
}
</style>
";
