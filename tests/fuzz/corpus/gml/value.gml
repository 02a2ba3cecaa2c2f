Creator "somebody"
# a comment
graph
[
  directed 0
  node [ id 3 label "one" value 0 x0 1.5 graphics [ x 1 y 2 ] ]
  node [ id 7 label "two" value 1 x0 -2e-3 ]
  node [ id 9 label "three &amp; more" value 1 x0 0 ]
  edge [ source 3 target 7 value 2 ]
  edge [ source 9 target 7 ]
]
